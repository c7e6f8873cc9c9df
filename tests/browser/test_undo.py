"""Taking a decision back in a browser: the toast, its key, its end."""

from __future__ import annotations

from playwright.sync_api import expect

from approvals.models import Decision, Interrupt
from tests.factories import make_interrupt


def test_a_decision_is_taken_back_by_its_key_from_the_next_question(visit):
    one = make_interrupt(policy={"undo_seconds": 60}, title="Pay Ana", risk="high")
    other = make_interrupt(title="Pay Ben")
    page = visit(f"/interrupts/{one.pk}/", "bob", "reviewers")

    page.get_by_role("button", name="Approve").click()
    page.wait_for_url(f"**/interrupts/{other.pk}/")
    expect(page.locator("h1")).to_be_focused()
    expect(page.locator(".toast.held")).to_contain_text("Approved resuming in")
    page.keyboard.press("z")

    page.wait_for_url(f"**/interrupts/{one.pk}/")
    expect(page.locator(".toasts")).to_contain_text("Taken back. The question waits again.")
    assert Interrupt.objects.get(pk=one.pk).status == "pending"
    assert not Decision.objects.exists()


def test_the_offer_ends_with_the_window(visit):
    interrupt = make_interrupt(policy={"undo_seconds": 2})
    page = visit(f"/interrupts/{interrupt.pk}/", "bob", "reviewers")

    page.get_by_role("button", name="Approve").click()

    expect(page.locator("#banner")).to_contain_text("Approved by bob")
    expect(page.locator("form.undo")).to_have_count(0)


def test_care_and_a_second_press_by_keyboard(visit):
    interrupt = make_interrupt(
        effect="Pays 100.00 to Ana.",
        policy={"confirm": True, "reason_required": True, "flagged": ["/amount"]},
    )
    page = visit(f"/interrupts/{interrupt.pk}/", "bob", "reviewers")

    page.get_by_role("button", name="Approve").click()
    expect(page.locator("#problems")).to_be_focused()
    page.get_by_label("Amount", exact=True).last.check()
    page.get_by_label("Reason, required").fill("invoice 7")
    page.locator("h1").click()
    page.keyboard.press("a")
    page.keyboard.press("a")
    expect(page.locator("#confirm")).to_be_focused()
    expect(page.locator("#confirm")).to_contain_text("Pays 100.00 to Ana.")
    page.keyboard.press("a")
    page.keyboard.press("a")

    expect(page.locator("#banner")).to_contain_text("Approved by bob")
    assert Decision.objects.get().reason == "invoice 7"
