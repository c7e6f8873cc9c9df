"""What a page becomes on paper, without colours of its own, and for whom nothing may move."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.factories import make_decision, make_interrupt, make_run

Visit = Callable[..., Page]


def style(page: Page, selector: str, name: str) -> str:
    return page.locator(selector).first.evaluate(
        "(element, name) => getComputedStyle(element)[name]", name
    )


def test_on_paper_a_decided_question_is_all_there_and_nothing_else(
    transactional_db: None, visit: Visit
) -> None:
    question = make_interrupt(state={"amount": 100.0, "note": "first", "customer": {"name": "Ana"}})
    make_decision(question, reason="invoice 7")
    page = visit(f"/interrupts/{question.pk}/", "ann", "auditors", color_scheme="dark")

    page.emulate_media(media="print")

    for control in (".topbar", ".button", "form.comment"):
        expect(page.locator(f"{control}:visible")).to_have_count(0)
    rest = page.locator("details.card", has_text="Rest of the state")
    assert rest.locator(".card-body").bounding_box()["height"] > 10
    assert style(page, ".columns", "display") == "block"
    assert style(page, "body", "backgroundColor") == "rgb(255, 255, 255)"
    assert style(page, "h1", "color") == "rgb(28, 32, 36)"


def test_where_colours_are_forced_the_current_section_is_outlined(
    transactional_db: None, visit: Visit
) -> None:
    page = visit("/runs/", "bob", "reviewers")

    page.emulate_media(forced_colors="active")

    assert style(page, ".tabs [aria-current]", "outlineStyle") == "solid"
    assert style(page, ".tabs a:not([aria-current])", "outlineStyle") == "none"


def test_nothing_turns_for_those_who_want_no_motion(transactional_db: None, visit: Visit) -> None:
    run = make_run(status="running")
    page = visit(f"/runs/{run.pk}/", "carol", "supervisors")
    assert style(page, ".badge.busy .icon", "animationName") == "turn"

    page.emulate_media(reduced_motion="reduce")

    assert style(page, ".badge.busy .icon", "animationName") == "none"
