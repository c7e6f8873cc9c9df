"""A page whose socket comes back asks once for what it may have missed, and disturbs nobody."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import APIResponse, Page, Route, expect

from approvals.models import Interrupt, Run
from approvals.news import run_updated
from approvals.services.claims import claim
from approvals.services.comments import comment
from tests.browser.test_standing_still import Wire, wired
from tests.factories import make_interrupt, make_run, make_user

__all__ = ["wired"]

Wired = Callable[..., tuple[Page, Wire]]


@pytest.fixture
def question(transactional_db: None) -> Interrupt:
    return make_interrupt(title="Pay 100.00")


@pytest.fixture
def back(wired: Wired) -> Callable[..., tuple[Page, list[str]]]:
    """A page after its socket was gone while something happened, and what it asked for then."""

    def back(
        path: str, happens: Callable[[], Any], *, at: Callable[[Page], Any] | None = None
    ) -> Any:
        page, wire = wired(path, "bob", "reviewers")
        page.wait_for_load_state("networkidle")
        if at:
            at(page)
        page.wait_for_load_state("networkidle")
        wire.cut()
        page.clock.fast_forward(3_000)
        expect(page.locator("#live")).to_have_text("Reconnecting…")
        happens()
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        wire.mend()
        page.clock.fast_forward(16_000)
        expect(page.locator("#live")).to_have_text("Live")
        return page, asked

    return back


def settled(page: Page, asked: list[str]) -> list[str]:
    """Everything a timer may still ask for has been asked for."""
    page.clock.fast_forward(1_000)
    page.wait_for_load_state("networkidle")
    return [url for url in asked if url.startswith("http")]


def another() -> None:
    make_interrupt(title="Pay 200.00")


def test_a_review_page_asks_once_and_keeps_text_focus_and_place(question, back):
    carol = make_user("carol", "reviewers")

    def half_way(page: Page) -> None:
        page.set_viewport_size({"width": 1280, "height": 420})
        page.locator("[name='/note']").fill("half a thought")
        expect(page.locator("#approve-label")).to_have_text("Approve with 1 edit")
        page.evaluate("scrollTo(0, 120)")

    def meanwhile() -> None:
        another()
        comment(question.pk, author=carol, body="Ask Dora first.")
        claim(question.pk, actor=carol, via="api", take_over=True)

    page, asked = back(f"/interrupts/{question.pk}/", meanwhile, at=half_way)

    expect(page.locator("#comments-list")).to_contain_text("Ask Dora first.")
    expect(page.locator("#handling")).to_contain_text("carol is on this")
    expect(page.locator("#waiting")).to_contain_text("2")
    assert len(settled(page, asked)) == 1, asked
    expect(page.locator("[name='/note']")).to_have_value("half a thought")
    expect(page.locator("[name='/note']")).to_be_focused()
    assert page.evaluate("scrollY") == 120


def test_a_review_page_learns_in_that_one_request_that_it_is_too_late(question, back):
    def meanwhile() -> None:
        Interrupt.objects.filter(pk=question.pk).update(status="cancelled", version=2)

    page, asked = back(f"/interrupts/{question.pk}/", meanwhile)

    expect(page.get_by_role("alert")).to_contain_text("Cancelled")
    expect(page.locator("#bar")).to_have_count(0)
    assert len(settled(page, asked)) == 1, asked


def test_a_run_asks_once(question, back):
    def meanwhile() -> None:
        Run.objects.filter(pk=question.run_id).update(status="success")
        another()

    page, asked = back(f"/runs/{question.run_id}/", meanwhile)

    expect(page.locator("#run")).to_have_attribute("data-status", "success")
    expect(page.locator("#waiting")).to_contain_text("2")
    assert len(settled(page, asked)) == 1, asked


def test_the_earlier_states_of_a_run_ask_once(question, back):
    Run.objects.filter(pk=question.run_id).update(status="success")
    page, asked = back(f"/runs/{question.run_id}/history/", another)

    expect(page.locator("#waiting")).to_contain_text("2")
    assert len([url for url in settled(page, asked) if "/parts/" in url]) == 1, asked
    assert not [url for url in asked if url.endswith(("/waiting/", "/bell/"))]


def test_the_list_of_runs_asks_once_and_stays_filtered(question, back):
    def meanwhile() -> None:
        make_run(status="success")
        another()

    page, asked = back("/runs/?status=interrupted", meanwhile)

    expect(page.locator("#runs-list tbody tr")).to_have_count(2)
    expect(page.locator("#waiting")).to_contain_text("2")
    assert len(settled(page, asked)) == 1, asked
    expect(page.locator("#runs-list")).to_have_attribute("hx-get", "/runs/?status=interrupted")


@pytest.mark.parametrize("path", ["/agents/", "/agents/payments/", "/insights/", "/decided/"])
def test_a_page_that_follows_its_header_only_asks_once(question, back, path):
    def meanwhile() -> None:
        another()
        comment(question.pk, author=make_user("carol", "reviewers"), body="@bob, do you know?")

    page, asked = back(path, meanwhile)

    expect(page.locator("#waiting")).to_contain_text("2")
    expect(page.locator("#bell")).to_contain_text("1")
    assert len(settled(page, asked)) == 1, asked


LISTENS = """() => {
  const noted = document.body.dataset;
  addEventListener("htmx:ws:before:message:incoming", () => { noted.hasHeard = "yes"; });
  addEventListener("htmx:before:request", (event) => {
    if (event.detail.ctx.sourceElement.id === "run") noted.hasAsked = "yes";
  });
}"""


def test_news_waits_for_the_catching_up_and_has_the_last_word(question, wired):
    other = make_run()
    page, wire = wired(f"/runs/{other.pk}/", "bob", "reviewers")
    page.wait_for_load_state("networkidle")
    wire.cut()
    page.clock.fast_forward(3_000)
    expect(page.locator("#live")).to_have_text("Reconnecting…")
    late: list[tuple[Route, APIResponse]] = []
    page.route("**/parts/**", lambda route: late.append((route, route.fetch())), times=1)
    page.evaluate(LISTENS)
    wire.mend()
    page.clock.fast_forward(16_000)
    while not late:
        page.wait_for_timeout(25)

    Run.objects.filter(pk=other.pk).update(status="success")
    run_updated(Run.objects.get(pk=other.pk))
    page.wait_for_selector("body[data-has-heard]")
    page.clock.fast_forward(1_000)
    assert page.locator("body[data-has-asked]").count() == 0
    route, answer = late.pop()
    with page.expect_response("**/parts/**"):
        route.fulfill(response=answer)
    page.clock.fast_forward(1_000)

    expect(page.locator("#run")).to_have_attribute("data-status", "success")
