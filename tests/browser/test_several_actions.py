"""Three tool calls in one question, under a person's hands."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from approvals.models import Decision
from tests.approvals.web.test_several_actions import ASK, MAIL, WIPE
from tests.browser.conftest import NARROW
from tests.factories import make_interrupt


@pytest.fixture
def path(transactional_db, settings):
    settings.LANGVEL_AGENTS = {"payments": "tests.graphs.asks_once"}
    question = make_interrupt(
        dialect="langchain_batched", title="3 actions", actions=[MAIL, WIPE, ASK]
    )
    return f"/interrupts/{question.pk}/"


def card(page, number):
    return page.locator(f"#action-{number - 1}")


def decided():
    return Decision.objects.get().decisions


def test_each_action_is_answered_and_all_go_at_once(path, visit):
    page = visit(path, "bob", "reviewers")

    card(page, 1).get_by_role("textbox", name="To", exact=True).fill("bea@example.org")
    expect(card(page, 1).locator(".verb.yes")).to_contain_text("Approve with 1 edit")
    card(page, 1).get_by_label("Approve with 1 edit").check()
    card(page, 2).get_by_label("Reject").check()
    card(page, 2).get_by_label("Why?", exact=False).fill("Never that folder")
    expect(page.locator("#chosen")).to_have_text("2 of 3 chosen")
    card(page, 3).get_by_role("textbox").fill("blue")
    expect(page.locator("#chosen")).to_have_text("3 of 3 chosen")
    page.get_by_role("button", name="Send 3 decisions").click()

    expect(page.locator("#banner")).to_contain_text("Decided by bob")
    assert decided() == [
        {"type": "edit", "args": {"to": "bea@example.org", "copies": 1}},
        {"type": "reject", "message": "Never that folder"},
        {"type": "respond", "message": "blue"},
    ]


def test_only_the_words_of_the_chosen_verb_are_asked_for(path, visit):
    page = visit(path, "bob", "reviewers")
    why = card(page, 1).get_by_label("Why?", exact=False)
    tell = card(page, 1).get_by_label("What the agent gets", exact=False)

    expect(why).not_to_be_visible()
    card(page, 1).get_by_label("Reject").check()
    expect(why).to_be_visible()
    card(page, 1).get_by_label("Respond").check()

    expect(why).not_to_be_visible()
    expect(tell).to_be_visible()


def test_what_is_missing_is_said_at_its_action_and_nothing_typed_is_lost(path, visit):
    page = visit(path, "bob", "reviewers")
    card(page, 1).get_by_label("Approve").check()
    card(page, 1).get_by_label("Copies").fill("9")
    card(page, 3).get_by_role("textbox").fill("blue")

    page.get_by_role("button", name="Send 3 decisions").click()

    expect(page.locator("#problems")).to_be_focused()
    expect(page.locator("#problems")).to_contain_text("2. wipe_folder")
    expect(card(page, 1).get_by_label("Copies")).to_have_value("9")
    expect(card(page, 3).get_by_role("textbox")).to_have_value("blue")

    card(page, 2).get_by_label("Reject").check()
    page.get_by_role("button", name="Send 3 decisions").click()
    expect(card(page, 1).get_by_label("Copies")).to_have_attribute("aria-invalid", "true")

    card(page, 1).get_by_label("Copies").fill("2")
    page.get_by_role("button", name="Send 3 decisions").click()
    expect(page.locator("#banner")).to_contain_text("Decided by bob")


def test_a_choice_made_while_one_types_elsewhere_stays_made(path, visit):
    page = visit(path, "bob", "reviewers")
    card(page, 2).get_by_label("Approve").check()

    card(page, 1).get_by_role("textbox", name="To", exact=True).press_sequentially("x", delay=20)
    page.get_by_role("button", name="Reject 2 of 3").click()

    expect(card(page, 1).get_by_label("Reject")).to_be_checked()
    expect(card(page, 2).get_by_label("Reject")).to_be_checked()
    expect(card(page, 1).get_by_role("textbox", name="To", exact=True)).to_have_value(
        "xana@example.org"
    )
    assert not Decision.objects.exists()


def test_it_is_done_by_keyboard_alone(path, visit):
    page = visit(path, "bob", "reviewers")

    page.keyboard.press("e")
    expect(card(page, 1).get_by_role("textbox", name="To", exact=True)).to_be_focused()
    card(page, 1).get_by_label("Approve").press("Space")
    card(page, 2).get_by_label("Approve").press("Space")
    card(page, 3).get_by_role("textbox").press_sequentially("blue")
    page.locator("h1").click()
    page.keyboard.press("s")
    expect(page.get_by_role("button", name="Send 3 decisions")).to_be_focused()
    page.keyboard.press("s")

    expect(page.locator("#banner")).to_contain_text("Decided by bob")


@pytest.mark.parametrize("look", [{"java_script_enabled": False}, {"viewport": NARROW}])
def test_it_works_without_javascript_and_on_a_telephone(path, visit, look):
    page = visit(path, "bob", "reviewers", **look)

    card(page, 1).get_by_label("Approve").check()
    card(page, 2).get_by_label("Reject").check()
    card(page, 2).get_by_label("Why?", exact=False).fill("No")
    card(page, 3).get_by_role("textbox").fill("blue")
    page.get_by_role("button", name="Send 3 decisions").click()

    expect(page.locator("#banner")).to_contain_text("Decided by bob")
    assert [one["type"] for one in decided()] == ["approve", "reject", "respond"]
