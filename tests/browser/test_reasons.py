"""Reasons to choose from, a choice for each of several actions, under a person's hands."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect

from approvals.models import Decision
from tests.approvals.policy.test_reasons import REASONS
from tests.approvals.web.test_several_actions import MAIL, WIPE
from tests.browser.conftest import NARROW
from tests.factories import make_interrupt


@pytest.fixture
def path(transactional_db: None, settings: Any) -> str:
    settings.LANGVEL_AGENTS = {"payments": "tests.graphs.asks_once"}
    question = make_interrupt(
        dialect="langchain_batched", title="2 actions", actions=[MAIL, WIPE],
        policy={"reasons": REASONS, "reason_code_required": True},
    )  # fmt: skip
    return f"/interrupts/{question.pk}/"


def test_they_are_chosen_by_keyboard_alone(path: str, visit: Any) -> None:
    page = visit(path, "bob", "reviewers")
    first, second = (page.locator(f"#action-{at}") for at in range(2))

    first.get_by_label("Approve").press("Space")
    second.get_by_label("Reject").press("Space")
    page.keyboard.press("Tab")
    expect(second.get_by_role("radio", name="wrong amount")).to_be_focused()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    page.keyboard.type("of order 7")
    page.get_by_role("button", name="Send 2 decisions").press("Enter")

    expect(page.locator("#banner")).to_contain_text("duplicate: of order 7")
    assert Decision.objects.get().decisions == [
        {"type": "approve"},
        {"type": "reject", "message": "of order 7", "reason_code": "duplicate"},
    ]


@pytest.mark.parametrize("look", [{}, {"java_script_enabled": False}, {"viewport": NARROW}])
def test_one_that_is_owed_is_asked_for_where_it_is_missing(
    path: str, visit: Any, look: dict[str, Any]
) -> None:
    page = visit(path, "bob", "reviewers", **look)
    first, second = (page.locator(f"#action-{at}") for at in range(2))
    first.get_by_label("Approve").check()
    second.get_by_label("Reject").check()

    page.get_by_role("button", name="Send 2 decisions").click()

    reasons = second.get_by_role("radiogroup", name="Reason, required")
    expect(reasons).to_have_accessible_description(
        "Choose one of the reasons: a rejection takes one here."
    )
    expect(page.locator("#problems")).to_contain_text("2. wipe_folder: Choose one of the reasons")
    second.get_by_role("radio", name="wrong amount").check()
    page.get_by_role("button", name="Send 2 decisions").click()
    expect(page.locator("#banner")).to_contain_text("Decided by bob")
    assert Decision.objects.get().decisions[1] == {"type": "reject", "reason_code": "wrong amount"}
