"""What a page becomes on paper, without colours of its own, and for whom nothing may move."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.factories import make_decision, make_interrupt, make_run

Visit = Callable[..., Page]


def style(page: Page, selector: str, name: str) -> str:
    return page.locator(selector).first.evaluate(
        "(element, name) => getComputedStyle(element)[name]", name
    )


SHOWN = """(selector) => [...document.querySelectorAll(selector)].filter((one) =>
  one.checkVisibility()).map((one) => one.outerHTML.slice(0, 120))"""


@pytest.fixture
def on_paper(transactional_db: None, visit: Visit) -> Callable[[str], Page]:
    """A page as a printer draws it, of one whose screen is dark."""

    def print_(path: str) -> Page:
        page = visit(path, "carol", "supervisors", color_scheme="dark")
        page.emulate_media(media="print")
        return page

    return print_


def test_on_paper_a_decided_question_has_all_it_says_and_nothing_to_press(
    on_paper: Callable[[str], Page],
) -> None:
    question = make_interrupt(state={"amount": 100.0, "note": "first", "customer": {"name": "Ana"}})
    make_decision(question, reason="invoice 7")

    page = on_paper(f"/interrupts/{question.pk}/")

    assert page.evaluate(SHOWN, ".topbar, .button, .menu, .toast, #comments form") == []
    expect(page.locator("details.card .card-body", has_text="Ana")).to_be_visible()
    assert style(page, ".columns", "display") == "block"
    assert style(page, "body", "backgroundColor") == "rgb(255, 255, 255)"
    assert style(page, "h1", "color") == "rgb(28, 32, 36)"


def test_on_paper_an_open_question_hides_none_of_its_fields(
    on_paper: Callable[[str], Page],
) -> None:
    question = make_interrupt(state={"amount": 100.0})

    page = on_paper(f"/interrupts/{question.pk}/")

    assert page.evaluate(SHOWN, ".bar, .button, .menu-panel, .drop-panel") == []
    expect(page.locator("[name='/amount']")).to_be_visible()


def test_on_paper_a_time_is_a_date(on_paper: Callable[[str], Page]) -> None:
    run = make_run(status="success", result={"paid": True})

    page = on_paper(f"/runs/{run.pk}/")

    told = page.locator("header time").evaluate(
        "(time) => [getComputedStyle(time, '::after').content, time.title]"
    )
    assert told[0] == f'"{told[1]}"'
    assert str(run.created_at.year) in told[1]
    assert style(page, "header time", "fontSize") == "0px"


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
