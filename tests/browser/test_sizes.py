"""Letters twice as large, narrow windows, small fingers, and what lies over what has the focus."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page

from tests.browser.test_accessibility import everything

__all__ = ["everything"]

Visit = Callable[..., Page]
PEOPLE = ("supervisors", "operators")

LARGE = "document.documentElement.style.zoom = 2"

SMALL = """() => [...document.querySelectorAll(
    "a[href], button, summary, select, input:not([type=hidden]), textarea")]
  .filter((one) => one.checkVisibility({ visibilityProperty: true, opacityProperty: true }))
  .filter((one) => !one.matches(".skip, .visually-hidden, [tabindex='-1']"))
  // Within a sentence a link is as high as its line; a label counts with its box.
  .filter((one) => getComputedStyle(one).display !== "inline")
  .filter((one) => !one.closest("label"))
  .filter((one) => {
    one.scrollIntoView({ block: "center" });
    const { x, y, width, height } = one.getBoundingClientRect();
    const across = x + width / 2, down = y + height / 2;
    return Math.min(width, height) < 24 && [[11.5, 0], [-11.5, 0], [0, 11.5], [0, -11.5]].some(
      ([right, below]) => !one.contains(document.elementFromPoint(across + right, down + below)));
  })
  .map((one) => one.outerHTML.slice(0, 120))"""
"""What can be pressed, but not twelve pixels from its middle on every side."""

COVERED = """() => {
  const one = document.activeElement, { x, y, width, height } = one.getBoundingClientRect();
  const seen = [[0.5, 0.5], [0.1, 0.5], [0.9, 0.5], [0.5, 0.2], [0.5, 0.8]].some(([across, down]) => {
    const top = document.elementFromPoint(x + width * across, y + height * down);
    return top && (one.contains(top) || top.contains(one) || top.closest("label")?.control === one);
  });
  return one === document.body || seen ? "" : one.outerHTML.slice(0, 120);
}"""
"""What has the focus, if nothing of it can be seen."""


def test_no_page_scrolls_sideways_with_letters_twice_as_large(
    everything: list[str], visit: Visit
) -> None:
    wide = []
    for path in everything:
        page = visit(path, "bob", *PEOPLE)
        page.evaluate(LARGE)
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            wide.append(path)

    assert wide == []


def test_whatever_is_pressed_is_large_enough(everything: list[str], visit: Visit) -> None:
    small = {}
    for path in everything:
        page = visit(path, "bob", *PEOPLE)
        if found := page.evaluate(SMALL):
            small[path] = found

    assert small == {}, sorted({one for found in small.values() for one in found})


def test_nothing_lies_over_what_has_the_focus(everything: list[str], visit: Visit) -> None:
    covered = {}
    for path in (everything[0], everything[3], everything[15], everything[9]):
        page = visit(path, "bob", *PEOPLE, viewport={"width": 1280, "height": 500})
        for _ in range(60):
            page.keyboard.press("Tab")
            if found := page.evaluate(COVERED):
                covered[path] = found

    assert covered == {}
