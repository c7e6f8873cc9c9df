"""Everything works in a browser that runs no scripts."""

from __future__ import annotations

from playwright.sync_api import expect

from approvals.models import Decision
from tests.factories import make_interrupt


def test_a_question_is_edited_previewed_and_approved(site, visit, settings):
    settings.LANGVEL_AGENTS = {"payments": "tests.graphs.asks_once"}
    make_interrupt(title="Pay 100.00")
    page = visit("/", "bob", "reviewers", java_script_enabled=False)

    page.get_by_role("link", name="Pay 100.00").click()
    page.get_by_label("Amount").fill("80")
    page.get_by_role("button", name="Show my changes").last.click()
    expect(page.locator("#changes tbody tr")).to_contain_text("/amount")
    page.get_by_role("button", name="Approve with 1 edit").click()

    expect(page.locator("#banner")).to_contain_text("Approved with changes by bob")
    assert Decision.objects.get().decisions[0]["args"]["amount"] == 80


def test_a_question_is_rejected_with_a_reason(site, visit):
    make_interrupt(title="Pay 100.00")
    page = visit("/", "bob", "reviewers", java_script_enabled=False)

    page.get_by_role("link", name="Pay 100.00").click()
    page.get_by_text("Reject…").click()
    page.get_by_label("Why?", exact=False).fill("Too much")
    page.get_by_role("button", name="Reject", exact=True).click()

    expect(page.locator("#banner")).to_contain_text("Rejected by bob")
    assert Decision.objects.get().reason == "Too much"


def test_lists_are_filtered_by_a_button(site, visit):
    make_interrupt(title="Pay 100.00", risk="low")
    make_interrupt(title="Pay 200.00", risk="high")
    page = visit("/", "bob", "reviewers", java_script_enabled=False)

    page.get_by_label("Search and filter").fill("risk:high")
    page.get_by_role("button", name="Search").click()

    expect(page.locator("tr[data-interrupt]")).to_have_count(1)
