"""What others do shows on open pages, without a reload and without moving anything."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from approvals.models import Interrupt
from approvals.news import item
from approvals.services.decisions import decide
from approvals.services.runs import cancel_run
from tests.browser.conftest import live, sign_in
from tests.factories import make_agent, make_interrupt, make_run, make_user


@pytest.fixture
def question(transactional_db):
    return make_interrupt(title="Pay 100.00")


def decided_by(name, question, verb="approve"):
    decide(
        question.pk,
        actor=make_user(name, "reviewers"),
        version=question.version,
        digest=question.digest,
        decisions=[{"type": verb}],
        via="api",
        auth_method="token",
    )


def test_a_row_decided_elsewhere_is_struck_in_place(question, visit):
    other = make_interrupt(title="Pay 200.00")
    page = live(visit("/", "bob", "reviewers"))
    top = page.locator(f"#interrupt-{other.pk}").bounding_box()

    decided_by("carol", question)

    expect(page.locator(f"#interrupt-{question.pk} .note")).to_have_text("approved by carol")
    expect(page.locator(f"#interrupt-{question.pk}")).to_have_attribute("data-status", "decided")
    expect(page.locator("#waiting")).to_contain_text("1")
    assert page.locator(f"#interrupt-{other.pk}").bounding_box() == top


def test_new_questions_wait_behind_a_pill(question, visit):
    page = live(visit("/", "bob", "reviewers"))

    for title in ("Pay 1.00", "Pay 2.00", "Pay 3.00"):
        item("created", make_interrupt(title=title))

    expect(page.locator(".pill")).to_contain_text("3 new items")
    expect(page.locator("tr[data-interrupt]")).to_have_count(1)
    expect(page).to_have_title("(3) Inbox · Langvel Approvals")
    page.keyboard.press(".")
    expect(page.locator("tr[data-interrupt]")).to_have_count(4)
    expect(page.locator(".pill")).to_have_count(0)
    expect(page).to_have_title("Inbox · Langvel Approvals")


def test_an_open_question_decided_elsewhere_goes_read_only_and_keeps_the_text(question, visit):
    page = live(visit(f"/interrupts/{question.pk}/", "bob", "reviewers"))
    page.locator("[name='/note']").fill("half a thought")
    expect(page.locator("#approve-label")).to_have_text("Approve with 1 edit")

    decided_by("carol", question, "reject")

    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("Rejected by carol just now")
    expect(page.locator("#question")).to_have_attribute("data-status", "decided")
    expect(page.get_by_label("Amount")).to_be_disabled()
    expect(page.locator("[name='/note']")).to_have_value("half a thought")
    expect(page.locator("#bar")).to_have_count(0)


def test_an_open_question_of_a_cancelled_run_goes_read_only(question, visit):
    page = live(visit(f"/interrupts/{question.pk}/", "bob", "reviewers"))

    cancel_run(question.run_id, actor=question.requested_by, via="api")

    expect(page.get_by_role("alert")).to_contain_text("Cancelled just now")
    expect(page.locator("#bar")).to_have_count(0)


def test_a_requester_hears_of_their_own_runs_only(visit):
    foreign = make_interrupt(run=make_run(requested_by=make_user("carol", "requesters")))
    page = live(visit("/", "alice", "requesters"))

    item("created", foreign)
    item("created", make_interrupt(title="Alice's"))

    expect(page.locator(".pill")).to_contain_text("1 new item")


def test_what_happened_while_the_page_was_loading_is_caught_up_with(question, visit):
    page = visit("/", "bob", "reviewers")
    Interrupt.objects.filter(pk=question.pk).update(status="cancelled", version=2)

    page.evaluate("htmx.trigger('#news', 'live', {}, false)")

    expect(page.locator(f"#interrupt-{question.pk} .note")).to_have_text("cancelled")


def test_the_filter_narrows_while_one_types(question, visit):
    make_interrupt(title="Wipe data", run=make_run(agent=make_agent("wiper", title="Wiper")))
    page = visit("/", "bob", "reviewers")

    page.get_by_label("Search and filter").fill("wipe")

    expect(page.locator("tr[data-interrupt]")).to_have_count(1)
    expect(page).to_have_url(f"{page.url.split('?')[0]}?q=wipe")
    expect(page.get_by_label("Search and filter")).to_be_focused()


def test_an_expired_login_leads_to_the_door_and_back(question, visit):
    page = live(visit("/", "bob", "reviewers"))
    page.wait_for_load_state("networkidle")
    page.context.clear_cookies()

    page.get_by_label("Search and filter").fill("risk:high")

    expect(page).to_have_url(re.compile(r"/login/\?next=%2F"))


def test_an_expired_login_takes_nothing_that_was_typed(question, visit, site):
    page = live(visit(f"/interrupts/{question.pk}/", "bob", "reviewers"))
    page.keyboard.press("r")
    page.get_by_label("Why?", exact=False).fill("Far too much")
    page.context.clear_cookies(name="sessionid")

    page.get_by_role("button", name="Reject", exact=True).click()

    expect(page.get_by_role("alert")).to_contain_text("You are signed out.")
    expect(page.get_by_label("Why?", exact=False)).to_have_value("Far too much")
    sign_in(page.context.new_page(), site, "bob")
    page.get_by_role("button", name="Reject", exact=True).click()
    expect(page.locator("#banner")).to_contain_text("Rejected by bob just now: “Far too much”")


def test_a_right_lost_meanwhile_is_said_and_takes_nothing_that_was_typed(question, visit):
    page = visit(f"/interrupts/{question.pk}/", "bob", "reviewers")
    page.keyboard.press("r")
    page.get_by_label("Why?", exact=False).fill("Far too much")
    make_user("bob", "auditors")

    page.get_by_role("button", name="Reject", exact=True).click()

    expect(page.get_by_role("alert")).to_contain_text("Not saved. You may not decide questions.")
    expect(page.get_by_label("Why?", exact=False)).to_have_value("Far too much")
