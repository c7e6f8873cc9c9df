"""The review page under a reviewer's eyes and hands: what is in sight at once, what takes two looks."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from agents import registry
from approvals.models import Agent, Decision
from approvals.services.agents import publish
from tests.approvals.web.conftest import _registered
from tests.browser.conftest import NARROW, live
from tests.factories import ACTION, make_interrupt, make_run
from tests.weights import RICH

__all__ = ["_registered"]

HIGH = {"risk": "high", "confirm": True, "reason_required": True}
BODY = ACTION | {
    "args": {"to": "ana", "body": "Hello **Ana**,\n\nsee you."},
    "schema": {
        "type": "object",
        "properties": {"to": {"type": "string"}, "body": {"type": "string"}},
    },
}


def opened(visit: Any, options: Any = MappingProxyType({}), /, **fields: Any) -> Page:
    return visit(f"/interrupts/{make_interrupt(**fields).pk}/", "bob", "reviewers", **options)


def span(page: Page, selector: str) -> tuple[float, float]:
    box = page.locator(selector).first.bounding_box()
    assert box is not None
    return box["y"], box["y"] + box["height"]


@pytest.mark.parametrize("risk", ["medium", "high", "critical"])
def test_what_one_decides_by_is_in_sight_without_scrolling(
    transactional_db: None, visit: Any, risk: str
) -> None:
    publish(registry.load_all())
    run = make_run(agent=Agent.objects.get(key="orders"))
    terms = {"risk": risk, "retype": ["/amount"]} if risk == "critical" else {"risk": risk}

    page = opened(
        visit, run=run, risk=risk, policy=terms, effect="Pays 100.00 to Ana.", node="gate"
    )

    bar_top, bar_end = span(page, "#bar")
    assert bar_end <= 800
    assert span(page, ".effect")[1] < span(page, ".action")[0]
    for one in (".effect", "#why + *, section[aria-labelledby=why]", ".sf-field"):
        assert span(page, one)[1] <= bar_top
    assert span(page, ".graph-frame svg")[0] + 200 <= bar_top


def test_what_was_changed_stays_in_sight_beside_the_field(
    transactional_db: None, visit: Any
) -> None:
    page = live(opened(visit, **RICH))

    page.get_by_label("Customer").fill("Ana")
    expect(page.locator("#changes .card")).to_be_visible()

    top, end = span(page, "#changes .card")
    assert span(page, "[name='/customer']")[1] <= top
    assert end <= span(page, "#bar")[0]


def owing_a_second_press(visit: Any, **options: Any) -> Page:
    terms = {"risk": "high", "policy": {"risk": "high", "confirm": True}}
    page = opened(visit, options, **RICH | terms)
    page.get_by_label("Customer").fill("Ana")
    expect(page.locator("#approve-label")).to_have_text("Approve with 1 edit")
    page.get_by_role("button", name="Approve").click()
    expect(page.locator("#changes h2")).to_be_focused()
    return page


@pytest.mark.usefixtures("_registered")
def test_at_the_second_press_the_bar_covers_no_changes(transactional_db: None, visit: Any) -> None:
    page = owing_a_second_press(visit)

    page.evaluate("scrollTo(0, 0)")

    assert span(page, "#changes .card")[1] <= span(page, "#bar")[0]


@pytest.mark.usefixtures("_registered")
def test_nor_does_it_on_a_telephone_where_they_are_led_to(
    transactional_db: None, visit: Any
) -> None:
    page = owing_a_second_press(visit, viewport=NARROW)

    assert span(page, "#changes .card")[1] <= span(page, "#bar")[0]


@pytest.mark.usefixtures("_registered")
def test_at_high_risk_a_leads_to_the_changes_and_the_second_press_sends(
    transactional_db: None, visit: Any
) -> None:
    page = opened(visit, risk="high", policy=HIGH)
    page.get_by_label("Amount").fill("80")
    page.get_by_label("Reason, required").fill("invoice 7")
    expect(page.locator("#approve-label")).to_have_text("Approve with 1 edit")
    page.locator("h1").click()

    page.keyboard.press("a")
    page.keyboard.press("a")
    expect(page.locator("#changes h2")).to_be_focused()
    assert not Decision.objects.exists()
    page.keyboard.press("a")
    page.keyboard.press("a")

    expect(page.locator("#banner")).to_contain_text("by bob")
    assert Decision.objects.get().verb == "edit"


def test_a_reason_is_chosen_in_place(transactional_db: None, visit: Any) -> None:
    page = opened(visit, policy={"reasons": ["wrong amount", "duplicate"]})

    page.keyboard.press("r")
    page.get_by_label("duplicate").check()
    page.get_by_role("button", name="Reject", exact=True).click()

    expect(page.locator("#banner")).to_contain_text("Rejected by bob")
    assert Decision.objects.get().reason_code == "duplicate"


def test_a_preview_follows_what_is_typed_and_keeps_the_focus(
    transactional_db: None, visit: Any
) -> None:
    page = opened(visit, actions=[BODY], state={})
    page.get_by_role("button", name="Preview of Body as Markdown").click()
    preview = page.get_by_role("group", name="Body as Markdown")
    expect(preview.locator("strong")).to_have_text("Ana")
    body = page.get_by_label("Body", exact=True)

    body.press("Control+End")
    body.press_sequentially(" *Soon*")

    expect(preview.locator("em")).to_have_text("Soon")
    expect(body).to_be_focused()
    expect(body).to_have_value("Hello **Ana**,\n\nsee you. *Soon*")


def test_a_comment_is_looked_at_before_it_is_sent(transactional_db: None, visit: Any) -> None:
    page = opened(visit)
    page.get_by_label("Add a comment").fill("Is **this** right?")

    page.locator("#comments").get_by_role("button", name="Preview").click()
    expect(page.locator("#comments .previewed strong")).to_have_text("this")
    page.locator("#comments").get_by_role("button", name="Comment").click()

    expect(page.locator("#comments-list strong").last).to_have_text("this")


def test_after_a_decision_the_next_question_is_read_from_its_heading(
    transactional_db: None, visit: Any
) -> None:
    make_interrupt(title="Pay 2.00", risk="low", policy={"undo_seconds": 60})
    page = opened(visit, title="Pay 1.00", policy={"undo_seconds": 60})

    page.get_by_role("button", name="Approve").click()

    expect(page.locator("h1")).to_have_text("Pay 2.00", timeout=20_000)
    expect(page.locator("h1")).to_be_focused()
    expect(page).to_have_title("Pay 2.00 · Langvel Approvals")
