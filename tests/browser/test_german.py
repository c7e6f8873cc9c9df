"""A day in German: sign in, the inbox, a review, an approval, and taking it back."""

from __future__ import annotations

import re

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from approvals.models import Interrupt, UserPreferences
from tests.browser.conftest import NARROW, Visit
from tests.catalogue import sentences
from tests.factories import make_interrupt, make_user

SENTENCES = list(sentences())
SAID = """() => {
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), said = [];
  while (walker.nextNode()) said.push(walker.currentNode.data);
  for (const name of ["aria-label", "title", "placeholder"])
    for (const element of document.querySelectorAll(`[${name}]`))
      said.push(element.getAttribute(name));
  return said.join(" ").replace(/\\s+/g, " ");
}"""


def is_german(page: Page) -> None:
    """No English sentence of ours, no finding of axe, nothing beyond the edge of the screen."""
    assert page.locator("html").get_attribute("lang") == "de"
    said = page.evaluate(SAID)
    assert sorted({m[0] for one in SENTENCES if (m := one.search(said))}) == []
    assert Axe().run(page).response["violations"] == []
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


def test_a_day_in_german_on_a_telephone(visit: Visit) -> None:
    one = make_interrupt(policy={"undo_seconds": 60}, title="Pay Ana")
    other = make_interrupt(title="Pay Ben")
    UserPreferences.objects.create(user=make_user("bob", "reviewers"), language="de")
    page = visit("/", "bob", "reviewers", viewport=NARROW)

    expect(page.get_by_role("heading", name="Eingang")).to_be_visible()
    is_german(page)
    page.get_by_role("link", name="Pay Ana").click()
    expect(page.get_by_text("Was der Agent tun will")).to_be_visible()
    is_german(page)

    page.get_by_role("button", name="Genehmigen", exact=False).first.click()
    page.wait_for_url(f"**/interrupts/{other.pk}/")
    expect(page.locator(".toast.held")).to_contain_text("Genehmigt")
    expect(page.locator(".toast.held")).to_contain_text(re.compile("geht weiter|Entscheidung"))
    is_german(page)
    page.get_by_role("button", name="Rückgängig").click()
    page.wait_for_url(f"**/interrupts/{one.pk}/")

    expect(page.get_by_text("Zurückgenommen. Die Frage wartet wieder.")).to_be_visible()
    is_german(page)
    assert Interrupt.objects.get(pk=one.pk).status == "pending"


def test_the_door_speaks_the_browsers_language(visit: Visit, chromium, site: str) -> None:
    context = chromium.new_context(locale="de-AT", viewport=NARROW)
    page = context.new_page()
    page.goto(f"{site}/login/")

    expect(page.get_by_role("button", name="Anmelden")).to_be_visible()
    is_german(page)
    context.close()


def test_choosing_german_changes_the_page_at_once(visit: Visit) -> None:
    page = visit("/settings/", "bob", "reviewers")

    page.get_by_label("Deutsch").check()
    page.get_by_role("button", name="Save", exact=True).click()

    expect(page.get_by_role("heading", name="Einstellungen")).to_be_visible()
    expect(page.get_by_label("Deutsch")).to_be_checked()
    is_german(page)
