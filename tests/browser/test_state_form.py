"""The state form under a person's hands."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.factories import ACTION, make_interrupt

SCHEMA = {
    "type": "object",
    "properties": {
        "title": {"type": "string"},
        "amount": {"type": "number", "maximum": 500},
        "notify": {"type": "boolean"},
        "size": {"enum": ["s", "m", "l"]},
        "lines": {"type": "array", "items": {"type": "string"}},
    },
    "required": ["title", "amount", "notify", "size", "lines"],
}
ARGS = {"title": "Lamp", "amount": 129.5, "notify": True, "size": "m", "lines": ["a", "b"]}


@pytest.fixture
def page(transactional_db, visit):
    question = make_interrupt(actions=[ACTION | {"schema": SCHEMA, "args": ARGS}])
    return visit(f"/interrupts/{question.pk}/", "bob", "reviewers")


def test_adding_an_item_keeps_what_was_typed(page):
    page.get_by_label("Title").fill("Lamp, blue")

    page.get_by_role("button", name="Add item").click()

    expect(page.get_by_label("Lines 3")).to_have_value("")
    expect(page.get_by_label("Title")).to_have_value("Lamp, blue")
    expect(page.locator("#approve-label")).to_have_text("Approve with 2 edits")


def test_removing_an_item_shows_which_one_went(page):
    page.get_by_role("button", name="Remove Lines 1").click()

    expect(page.get_by_label("Lines 1")).to_have_value("b")
    expect(page.get_by_label("Lines 2")).to_have_count(0)
    expect(page.locator("#changes tbody tr")).to_have_count(1)


def test_reverting_brings_back_what_the_agent_proposed(page):
    page.get_by_label("Amount").fill("99")
    page.get_by_label("Size").select_option("l")
    page.get_by_label("Notify").uncheck()
    page.get_by_role("button", name="Add item").click()
    expect(page.locator("#approve-label")).to_have_text("Approve with 4 edits")

    for name in ("Amount", "Size", "Notify"):
        page.get_by_role("button", name=f"Revert {name}").click()
        expect(page.get_by_role("button", name=f"Revert {name}")).to_have_count(0)

    expect(page.get_by_label("Amount")).to_have_value("129.5")
    expect(page.get_by_label("Size")).to_have_value("m")
    expect(page.get_by_label("Notify")).to_be_checked()
    expect(page.locator("#approve-label")).to_have_text("Approve with 1 edit")


def test_a_refused_edit_puts_the_focus_on_what_is_wrong(page):
    page.get_by_label("Amount").fill("900")

    page.get_by_role("button", name="Approve").click()

    expect(page.locator(".sf-errors")).to_be_focused()
    expect(page.get_by_label("Amount")).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_label("Amount")).to_have_value("900.0")


def test_enter_in_a_field_decides_nothing(page):
    page.get_by_label("Title").fill("Lamp, red")

    page.get_by_label("Title").press("Enter")

    expect(page.locator("#approve-label")).to_have_text("Approve with 1 edit")
    expect(page.locator("#question")).to_have_attribute("data-status", "pending")


def test_rejecting_asks_why_in_place(page):
    page.keyboard.press("r")

    expect(page.get_by_label("Why?", exact=False)).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_label("Why?", exact=False)).not_to_be_visible()


def test_approving_by_key_takes_two_presses(page):
    page.keyboard.press("a")
    expect(page.get_by_role("button", name="Approve")).to_be_focused()
    expect(page.locator("#question")).to_have_attribute("data-status", "pending")

    page.evaluate("document.activeElement.disabled = true")


def test_keys_are_letters_while_one_types(page):
    page.get_by_label("Title").fill("")

    page.get_by_label("Title").press_sequentially("are")

    expect(page.get_by_label("Title")).to_have_value("are")
    expect(page.get_by_label("Why?", exact=False)).not_to_be_visible()


def test_nothing_is_chosen_beforehand(page):
    assert page.evaluate("document.activeElement.tagName") == "BODY"


def test_the_inbox_is_walked_with_j_and_k(page):
    other = make_interrupt(title="Second", risk="low")
    page.goto(page.url.split("/interrupts/")[0])

    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("k")
    page.keyboard.press("j")
    expect(page.get_by_role("link", name="Second")).to_be_focused()
    page.keyboard.press("Enter")

    page.wait_for_url(f"**/interrupts/{other.pk}/")


def test_a_changed_field_says_what_the_agent_proposed_while_one_types(page):
    page.get_by_label("Title").press("End")
    page.get_by_label("Title").press_sequentially(" in blue", delay=60)

    expect(page.locator("[data-pointer='/title'] .sf-proposed")).to_contain_text("Lamp")
    expect(page.get_by_label("Title")).to_be_focused()
    expect(page.get_by_label("Title")).to_have_value("Lamp in blue")


def test_fast_typing_never_loses_a_letter(page):
    for name, text in (
        ("Title", "A long title, typed fast"),
        ("Amount", "12.25"),
        ("Lines 1", "first"),
    ):
        page.get_by_label(name).fill("")
        page.get_by_label(name).press_sequentially(text, delay=25)

    page.wait_for_timeout(1200)

    expect(page.get_by_label("Title")).to_have_value("A long title, typed fast")
    expect(page.get_by_label("Amount")).to_have_value("12.25")
    expect(page.get_by_label("Lines 1")).to_have_value("first")
    expect(page.locator("#approve-label")).to_have_text("Approve with 3 edits")


def test_typing_nonsense_is_marked_at_the_field_and_takes_no_focus(page):
    page.get_by_label("Amount").fill("much")

    expect(page.get_by_label("Amount")).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_label("Amount")).to_be_focused()
    expect(page.locator(".sf-errors")).not_to_be_visible()
