"""Keys that do not run into each other: what is typed after a key belongs to what it opened."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from approvals.models import Decision, UserPreferences
from tests.browser.conftest import live
from tests.factories import ACTION, make_interrupt, make_user

PRESS = """(key) => {
  const given = { key, bubbles: true, cancelable: true };
  document.activeElement.dispatchEvent(new KeyboardEvent("keydown", given));
  return document.activeElement.name ?? document.activeElement.id;
}"""


@pytest.mark.parametrize(("key", "field"), [("r", "reason"), ("c", "value")])
def test_the_field_a_key_opens_has_the_focus_before_the_next_key(
    transactional_db, visit, key, field
):
    question = make_interrupt(actions=[ACTION | {"allowed": ["approve", "reject", "respond"]}])
    page = live(visit(f"/interrupts/{question.pk}/", "bob", "reviewers"))

    # In one go, so that no frame and no event of the browser comes between.
    assert field in page.evaluate(PRESS, key)


def test_letters_after_a_key_land_in_the_reason_and_do_nothing_else(transactional_db, visit):
    first, second = make_interrupt(title="Pay 1.00"), make_interrupt(title="Pay 2.00")
    page = live(visit(f"/interrupts/{first.pk}/", "bob", "reviewers"))

    page.keyboard.press("r")
    page.keyboard.type("jaded: as a joke, g i")

    expect(page.locator("textarea:focus")).to_have_value("jaded: as a joke, g i")
    expect(page.locator("h1")).to_have_text(first.title)
    assert not Decision.objects.exists() and second.version == 1


def test_no_key_means_anything_while_a_sheet_is_on_its_way(transactional_db, visit):
    questions = [make_interrupt(title=f"Pay {at}.00", risk="low") for at in (1, 2)]
    page = live(visit("/", "bob", "reviewers"))
    held = []
    page.route("**/inbox/bulk/", lambda route: held.append(route))

    page.keyboard.press("j")
    with page.expect_request("**/inbox/bulk/"):
        page.keyboard.press("r")
    page.keyboard.type("xjx")
    expect(page.locator("#rows input:checked")).to_have_count(1)
    expect(page.locator(f"#interrupt-{questions[0].pk} input:checked")).to_have_count(1)
    held[0].continue_()
    page.get_by_label("Why, for all of them").press_sequentially("not now")

    expect(page.get_by_label("Why, for all of them")).to_have_value("not now")


def test_keys_of_ones_own_work_in_every_script(transactional_db, visit):
    question = make_interrupt(policy={"flagged": ["/note"]})
    bob = make_user("bob", "reviewers")
    UserPreferences.objects.create(user=bob, keys={"]": "n", "e": "y"})
    page = live(visit(f"/interrupts/{question.pk}/", "bob", "reviewers"))
    note = page.locator("#fields [name$='/note']")

    for key in ("n", "y"):
        page.locator("h1").focus()
        page.keyboard.press(key)
        expect(note).to_be_focused()
    page.locator("h1").focus()
    page.keyboard.press("]")
    expect(page.locator("h1")).to_be_focused()


def test_who_turned_keys_off_has_none(transactional_db, visit):
    question = make_interrupt(policy={"flagged": ["/note"]})
    UserPreferences.objects.create(user=make_user("bob", "reviewers"), keys_on=False)
    page = live(visit(f"/interrupts/{question.pk}/", "bob", "reviewers"))
    page.locator("h1").focus()

    for key in "]edrc":
        page.keyboard.press(key)

    expect(page.locator("h1")).to_be_focused()
    expect(page.locator("details.drop[open]")).to_have_count(0)
