"""When the site or the network breaks down while something is sent: nothing typed is lost, and what
is sent again is not done twice."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, Route, expect

from agents import failpoints
from approvals.models import AuditEntry, Decision, Interrupt
from tests.browser.conftest import live
from tests.factories import make_interrupt, make_user


@pytest.fixture
def question(transactional_db):
    return make_interrupt(title="Pay 100.00")


@pytest.fixture
def broken() -> Iterator[list[str]]:
    """Moments at which the site breaks; each breaks once."""
    moments: list[str] = []

    def trap(moment: str) -> None:
        if moment in moments:
            moments.remove(moment)
            raise RuntimeError(f"broke at {moment}")

    failpoints.set_trap(trap)
    yield moments
    failpoints.set_trap(None)


@pytest.fixture
def visit(visit, forgive):
    """Pages may tell of failures here."""
    forgive("status of 500", "net::ERR_FAILED", "Failed to fetch")
    return visit


def not_saved(page: Page):
    return page.get_by_role("alert").filter(has_text="Not saved")


def retry(page: Page) -> None:
    page.get_by_role("button", name="Retry").click()


def lost_on_the_way_back(page: Page, address: str) -> None:
    """The site hears of it and acts; its answer never arrives. Once."""

    def lose(route: Route) -> None:
        route.fetch()
        route.abort()

    page.route(address, lose, times=1)


def lost_on_the_way(page: Page, address: str) -> None:
    page.route(address, lambda route: route.abort(), times=1)


def deaf(visit, path: str) -> Page:
    """A page that hears nothing: what became of a decision it learns by sending it again only."""
    page = visit("/keys/", "bob", "reviewers")
    page.route_web_socket("**/ws/inbox/", lambda end: None)
    page.goto(page.url.replace("/keys/", path))
    return page


def test_a_decision_the_site_breaks_at_is_sent_again(question, visit, broken):
    page = visit(f"/interrupts/{question.pk}/", "bob", "reviewers")
    page.keyboard.press("r")
    page.get_by_label("Why?", exact=False).fill("Far too much")
    broken.append("decide.audited")

    page.get_by_role("button", name="Reject", exact=True).click()
    expect(not_saved(page)).to_contain_text("your draft is kept.")
    expect(page.get_by_label("Why?", exact=False)).to_have_value("Far too much")
    assert not Decision.objects.exists()
    retry(page)

    expect(page.locator("#banner")).to_contain_text("Rejected by bob just now: “Far too much”")
    assert Decision.objects.count() == 1


def test_a_decision_that_never_left_is_sent_again(question, visit):
    page = visit(f"/interrupts/{question.pk}/", "bob", "reviewers")
    lost_on_the_way(page, "**/decide/")

    page.get_by_role("button", name="Approve").click()
    expect(not_saved(page)).to_be_visible()
    retry(page)

    expect(page.locator("#banner")).to_contain_text("Approved by bob")


@pytest.mark.parametrize("by_retry", [True, False])
def test_a_decision_that_arrived_after_all_is_not_made_twice(question, visit, by_retry):
    other = make_interrupt(title="Pay 200.00")
    page = deaf(visit, f"/interrupts/{question.pk}/")
    lost_on_the_way_back(page, "**/decide/")

    page.get_by_role("button", name="Approve").click()
    expect(not_saved(page)).to_be_visible()
    assert Decision.objects.get().verb == "approve"
    retry(page) if by_retry else page.get_by_role("button", name="Approve").click()

    page.wait_for_url(f"**/interrupts/{other.pk}/")
    assert Decision.objects.count() == 1


def test_a_page_that_hears_of_its_own_decision_does_not_call_it_lost(question, visit):
    page = live(visit(f"/interrupts/{question.pk}/", "bob", "reviewers"))
    lost_on_the_way_back(page, "**/decide/")

    page.get_by_role("button", name="Approve").click()

    expect(page.locator("#banner")).to_contain_text("Approved by bob just now")
    page.wait_for_load_state("networkidle")
    expect(not_saved(page)).to_have_count(0)


def test_another_answer_than_the_one_that_arrived_is_told_so(question, visit):
    page = deaf(visit, f"/interrupts/{question.pk}/")
    lost_on_the_way_back(page, "**/decide/")
    page.get_by_role("button", name="Approve").click()
    expect(not_saved(page)).to_be_visible()

    page.keyboard.press("r")
    page.get_by_label("Why?", exact=False).fill("Far too much")
    page.get_by_role("button", name="Reject", exact=True).click()

    expect(page.locator("#banner")).to_contain_text("bob decided this first")
    assert Decision.objects.get().verb == "approve"


def test_a_claim_and_a_snooze_are_sent_again(question, visit):
    page = visit(f"/interrupts/{question.pk}/", "bob", "reviewers")
    lost_on_the_way_back(page, "**/claim/")
    page.get_by_role("button", name="Claim").click()
    expect(not_saved(page)).to_have_text("Not saved. Retry")
    with page.expect_response("**/claim/"):
        retry(page)
    expect(page.locator("#handling")).to_contain_text("You are on this")
    expect(not_saved(page)).to_have_count(0)
    page.wait_for_load_state("networkidle")

    lost_on_the_way(page, "**/snooze/")
    page.get_by_role("button", name="Snooze…").click()
    page.get_by_role("button", name="1 hour").click()
    expect(not_saved(page)).to_be_visible()
    retry(page)

    expect(page.locator("#handling")).to_contain_text("Snoozed until")
    assert Interrupt.objects.get().claimed_by == make_user("bob", "reviewers")


def test_taking_a_row_by_its_key_is_sent_again(question, visit):
    page = visit("/", "bob", "reviewers")
    lost_on_the_way(page, "**/assign/")
    page.keyboard.press("j")

    page.keyboard.press("i")
    expect(not_saved(page)).to_be_visible()
    with page.expect_response("**/assign/"):
        retry(page)

    assert Interrupt.objects.get().assignee == make_user("bob", "reviewers")


def test_questions_decided_together_are_sent_again_and_counted_once(visit, transactional_db):
    for amount in (1, 2, 3):
        make_interrupt(title=f"Pay {amount}.00", risk="low")
    page = visit("/", "bob", "reviewers")
    lost_on_the_way_back(page, "**/bulk/do/")
    page.get_by_label("Select all shown").check()
    page.get_by_role("button", name="Approve 3…").click()

    page.get_by_role("button", name="Approve 3", exact=True).click()
    expect(page.locator("#sheet .toast.failed")).to_be_visible()
    retry(page)

    expect(page.locator("#sheet h1")).to_have_text("3 approved")
    assert Decision.objects.count() == 3


def test_what_was_decided_together_is_taken_back_again_and_counted_once(visit, transactional_db):
    for amount in (1, 2, 3):
        make_interrupt(title=f"Pay {amount}.00", risk="low", policy={"undo_seconds": 60})
    page = visit("/", "bob", "reviewers")
    page.get_by_label("Select all shown").check()
    page.get_by_role("button", name="Approve 3…").click()
    page.get_by_role("button", name="Approve 3", exact=True).click()
    expect(page.locator("#sheet h1")).to_have_text("3 approved")
    lost_on_the_way_back(page, "**/bulk/undo/")

    page.locator("#sheet").get_by_role("button", name="Undo all 3").click()
    expect(page.locator("#sheet .toast.failed")).to_be_visible()
    assert not Decision.objects.exists()
    retry(page)

    expect(page.locator("#sheet h1")).to_have_text("3 taken back")
    assert AuditEntry.objects.filter(action="decision.undone").count() == 3


def test_the_keeping_of_a_draft_that_fails_raises_no_alarm(question, visit):
    page = visit(f"/interrupts/{question.pk}/", "bob", "reviewers")
    page.route("**/draft/", lambda route: route.abort())
    page.locator("[name='/note']").fill("half")

    with page.expect_event("requestfailed"):
        page.locator("[name='/note']").fill("half a thought")

    expect(page.locator("#keep")).to_have_text("Draft not kept yet")
    expect(not_saved(page)).to_have_count(0)
