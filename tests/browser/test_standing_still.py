"""Pages that were told to stand still, and pages whose socket is gone."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, WebSocketRoute, expect

from approvals.models import Interrupt
from approvals.news import item, run_updated
from tests.browser.conftest import live
from tests.browser.test_live import decided_by
from tests.factories import make_interrupt, make_run


@pytest.fixture
def question(transactional_db):
    return make_interrupt(title="Pay 100.00")


class Wire:
    """The socket of a page, for a test to cut."""

    def __init__(self) -> None:
        self.ends: list[WebSocketRoute] = []
        self.is_cut = False

    def __call__(self, end: WebSocketRoute) -> None:
        if self.is_cut:
            end.close(code=1012)
            return
        end.connect_to_server()
        self.ends.append(end)

    def cut(self) -> None:
        self.is_cut = True
        for end in self.ends:
            end.close(code=1012)
        self.ends.clear()

    def mend(self) -> None:
        self.is_cut = False


@pytest.fixture
def wired(visit) -> Any:
    """A page whose clock and wire are the test's."""

    def wired(path: str, *person: str) -> tuple[Page, Wire]:
        page, wire = visit("/keys/", *person), Wire()
        page.clock.install()
        page.route_web_socket("**/ws/inbox/", wire)
        page.goto(page.url.replace("/keys/", path))
        return live(page), wire

    return wired


def pause(page: Page) -> None:
    page.get_by_role("button", name="Pause live updates").click()
    expect(page.get_by_role("button", name="Resume")).to_be_focused()


def command(page: Page, words: str) -> None:
    page.keyboard.press("Control+k")
    expect(page.locator(".palette-input")).to_be_focused()
    page.keyboard.type(words)
    page.keyboard.press("Enter")


def test_while_paused_nothing_moves_and_what_happens_is_counted(question, wired):
    page, _wire = wired("/", "bob", "reviewers")
    pause(page)
    page.wait_for_load_state("networkidle")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))

    item("created", make_interrupt(title="Pay 1.00"))
    decided_by("carol", question)

    expect(page.locator(".paused-words")).to_have_text("Paused · 2 changes")
    page.clock.fast_forward(1_000)
    page.wait_for_load_state("networkidle")
    assert asked == []
    expect(page.locator(f"#interrupt-{question.pk}")).to_have_attribute("data-status", "pending")
    expect(page.locator(".pill")).to_have_count(0)
    expect(page.locator("#status")).to_be_empty()
    expect(page).to_have_title("Inbox · Langvel Approvals")


def test_resuming_catches_up(question, visit):
    page = live(visit("/", "bob", "reviewers"))
    pause(page)
    item("created", make_interrupt(title="Pay 1.00"))
    decided_by("carol", question)
    expect(page.locator(".paused-words")).to_have_text("Paused · 2 changes")

    page.get_by_role("button", name="Resume").click()

    expect(page.locator(f"#interrupt-{question.pk} .note")).to_have_text("approved by carol")
    expect(page.locator(".pill")).to_contain_text("1 new item")
    expect(page.locator("#waiting")).to_contain_text("1")
    expect(page.get_by_role("button", name="Pause live updates")).to_be_focused()


def test_a_pause_lasts_on_the_next_page_and_in_the_palette(question, visit):
    page = live(visit("/", "bob", "reviewers"))
    command(page, "pause live")
    expect(page.locator(".paused-words")).to_have_text("Paused")

    page.goto(f"{page.url}runs/")
    page.wait_for_selector("#live[data-state=on]", state="attached")
    run_updated(make_run())

    expect(page.locator(".paused-words")).to_have_text("Paused · 1 change")
    expect(page.locator("#runs-list tbody tr")).to_have_count(1)
    command(page, "resume live")
    expect(page.locator("#runs-list tbody tr")).to_have_count(2)


def test_while_paused_a_decision_of_somebody_else_still_closes_the_open_form(question, visit):
    page = live(visit(f"/interrupts/{question.pk}/", "bob", "reviewers"))
    pause(page)

    decided_by("carol", question)

    expect(page.get_by_role("alert")).to_contain_text("Approved by carol just now")
    expect(page.locator("#bar")).to_have_count(0)
    expect(page.locator("#run-card")).not_to_contain_text("Approved")


def test_while_paused_a_stale_answer_is_refused_all_the_same(question, visit):
    page = live(visit(f"/interrupts/{question.pk}/", "bob", "reviewers"))
    pause(page)
    Interrupt.objects.filter(pk=question.pk).update(version=2)

    page.get_by_role("button", name="Approve").click()

    expect(page.locator("#banner")).to_contain_text("The question has changed since you saw it.")
    assert Interrupt.objects.get().status == "pending"


def test_a_lost_socket_is_said_after_two_seconds_and_the_age_of_the_page_after_thirty(
    question, wired
):
    page, wire = wired("/", "bob", "reviewers")

    wire.cut()
    expect(page.locator("#live")).to_have_text("Live")
    page.clock.fast_forward(3_000)
    expect(page.locator("#live")).to_have_text("Reconnecting…")
    expect(page.locator(".toast.outdated")).to_have_count(0)
    page.clock.fast_forward(28_000)

    note = page.locator(".toast.outdated")
    expect(note).to_have_text("List may be out of date Reload")
    wire.mend()
    page.clock.fast_forward(20_000)
    expect(page.locator("#live")).to_have_text("Live")
    expect(note).to_have_count(0)


def test_without_a_socket_decisions_still_work(question, wired):
    page, wire = wired(f"/interrupts/{question.pk}/", "bob", "reviewers")
    wire.cut()
    page.clock.fast_forward(31_000)
    expect(page.locator(".toast.outdated")).to_contain_text("This page may be out of date")

    page.get_by_role("button", name="Approve").click()

    expect(page.locator("#banner")).to_contain_text("Approved by bob")


def test_once_it_is_back_one_request_brings_what_changed(question, wired):
    page, wire = wired("/", "bob", "reviewers")
    page.locator("#q").focus()
    page.wait_for_load_state("networkidle")
    wire.cut()
    page.clock.fast_forward(3_000)
    expect(page.locator("#live")).to_have_text("Reconnecting…")
    decided_by("carol", question)
    item("created", make_interrupt(title="Pay 1.00"))
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url.split("?")[0]))

    wire.mend()
    page.clock.fast_forward(10_000)

    expect(page.locator(f"#interrupt-{question.pk} .note")).to_have_text("approved by carol")
    expect(page.locator(".pill")).to_contain_text("1 new item")
    expect(page.locator("#waiting")).to_contain_text("1")
    expect(page.locator("#q")).to_be_focused()
    page.wait_for_load_state("networkidle")
    assert [url.rpartition("/inbox/")[2] for url in asked if "/ws/" not in url] == ["news/"]


def test_after_too_long_without_it_the_list_offers_to_be_fetched_anew(question, wired):
    page, wire = wired("/", "bob", "reviewers")
    wire.cut()
    page.clock.fast_forward(3_000)
    expect(page.locator("#live")).to_have_text("Reconnecting…")
    decided_by("carol", question)
    make_interrupt(title="Pay 1.00")
    wire.mend()
    page.clock.fast_forward(16 * 60_000)

    expect(page.locator(".pill")).to_contain_text("This list is out of date")
    page.keyboard.press(".")

    expect(page.locator("tr[data-interrupt] .row-title")).to_have_text(["Pay 1.00"])
    expect(page.locator(".pill")).to_have_count(0)
