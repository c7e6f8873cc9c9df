"""What a page becomes without colours of its own, and for whom nothing may move."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page

from tests.factories import make_run

Visit = Callable[..., Page]


def style(page: Page, selector: str, name: str) -> str:
    return page.locator(selector).first.evaluate(
        "(element, name) => getComputedStyle(element)[name]", name
    )


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
