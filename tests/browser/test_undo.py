"""Taking a decision back in a browser: the toast, its key, its end."""

from __future__ import annotations

import re

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


def held(visit):
    """The toast of a decision whose window the test's clock ends."""
    interrupt = make_interrupt(policy={"undo_seconds": 30})
    make_interrupt(title="Pay Ben")
    page = visit(f"/interrupts/{interrupt.pk}/", "bob", "reviewers")
    page.clock.install()
    page.get_by_role("button", name="Approve").click()
    expect(page.locator(".toast.held")).to_contain_text("resuming in")
    return page, page.locator(".toast.held")


def test_the_offer_stays_while_somebody_is_on_it_with_the_keyboard(visit):
    page, toast = held(visit)
    page.locator(".topbar summary").focus()

    page.keyboard.press("Tab")
    expect(toast.get_by_role("link")).to_be_focused()
    page.keyboard.press("Tab")
    expect(toast.get_by_role("button", name="Undo")).to_be_focused()
    page.clock.fast_forward(40_000)
    expect(toast).to_contain_text("resuming now")
    page.keyboard.press("Tab")

    expect(toast).to_have_count(0)


def test_the_offer_stays_while_the_pointer_is_on_it(visit):
    page, toast = held(visit)
    toast.hover()

    page.clock.fast_forward(40_000)
    expect(toast).to_contain_text("resuming now")
    page.mouse.move(5, 5)

    expect(toast).to_have_count(0)


def test_who_needs_longer_to_think_again_sets_it(visit):
    interrupt = make_interrupt(policy={"undo_seconds": 5})
    page = visit("/settings/", "bob", "reviewers")
    page.get_by_label("120 seconds at least").check()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    expect(page.get_by_label("120 seconds at least")).to_be_checked()
    page.goto(page.url.replace("/settings/", f"/interrupts/{interrupt.pk}/"))

    page.get_by_role("button", name="Approve").click()

    expect(page.locator("form.undo .undo-left")).to_have_text(re.compile(r"resuming in 1[12]\d s"))
