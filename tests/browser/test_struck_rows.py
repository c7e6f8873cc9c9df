"""Rows that somebody else decided: struck where they stand, gone when nobody is on them."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from approvals.services.decisions import decide
from approvals.services.undo import undo
from tests.browser.conftest import live
from tests.browser.test_live import decided_by
from tests.factories import make_interrupt, make_user


@pytest.fixture
def three(transactional_db):
    return [make_interrupt(title=f"Pay {amount}.00", risk="low") for amount in (1, 2, 3)]


@pytest.fixture
def inbox(three, visit) -> Page:
    """The inbox of somebody whose clock is the test's, the pointer outside the list."""
    page = visit("/keys/", "bob", "reviewers")
    page.clock.install()
    page.goto(page.url.replace("/keys/", "/"))
    page.mouse.move(5, 5)
    return live(page)


def row(page: Page, question: Any):
    return page.locator(f"#interrupt-{question.pk}")


def strike(page: Page, question: Any, name: str = "carol") -> None:
    decided_by(name, question)
    expect(row(page, question).locator(".note")).to_have_text(f"approved by {name}")


def let_pass(page: Page, milliseconds: int) -> None:
    for _ in range(milliseconds // 500):
        page.clock.fast_forward(500)


def test_a_struck_row_goes_after_four_seconds_and_not_before(three, inbox):
    strike(inbox, three[0])
    expect(row(inbox, three[0]).get_by_role("checkbox")).to_have_count(0)

    let_pass(inbox, 1_500)
    expect(row(inbox, three[0])).to_have_count(1)
    let_pass(inbox, 6_000)

    expect(inbox.locator("#rows tr .row-title")).to_have_text(["Pay 2.00", "Pay 3.00"])


def test_a_struck_row_stays_while_it_is_in_focus(three, inbox):
    row(inbox, three[0]).locator(".row-link").focus()
    strike(inbox, three[0])

    let_pass(inbox, 10_000)
    expect(row(inbox, three[0])).to_have_count(1)
    row(inbox, three[1]).locator(".row-link").focus()
    let_pass(inbox, 6_000)

    expect(row(inbox, three[0])).to_have_count(0)
    expect(row(inbox, three[1]).locator(".row-link")).to_be_focused()


@pytest.mark.parametrize("under", [0, 1])
def test_a_struck_row_stays_while_the_pointer_is_on_it_or_below(three, inbox, under):
    row(inbox, three[under]).hover()
    strike(inbox, three[0])
    top = row(inbox, three[1]).bounding_box()

    let_pass(inbox, 10_000)
    expect(row(inbox, three[0])).to_have_count(1)
    assert row(inbox, three[1]).bounding_box() == top
    inbox.mouse.move(5, 5)
    let_pass(inbox, 6_000)

    expect(row(inbox, three[0])).to_have_count(0)


def test_while_paused_a_struck_row_stays(three, inbox):
    strike(inbox, three[0])
    inbox.get_by_role("button", name="Pause live updates").click()
    expect(inbox.locator(".paused-words")).to_be_visible()

    let_pass(inbox, 10_000)

    expect(row(inbox, three[0])).to_have_count(1)


def test_a_decision_taken_back_lets_the_row_wait_again(transactional_db, visit):
    question = make_interrupt(title="Pay 1.00", policy={"undo_seconds": 60})
    page = visit("/keys/", "bob", "reviewers")
    page.clock.install()
    page.goto(page.url.replace("/keys/", "/"))
    live(page)
    row(page, question).hover()
    approver = make_user("carol", "reviewers")
    decide(
        question.pk, actor=approver, version=1, digest=question.digest, undo_seconds=60,
        decisions=[{"type": "approve"}], via="page", auth_method="session",
    )  # fmt: skip
    expect(row(page, question)).to_have_attribute("data-status", "decided")

    undo(question.pk, actor=approver, via="page")

    expect(row(page, question)).to_have_attribute("data-status", "pending")
    page.mouse.move(5, 5)
    let_pass(page, 6_000)
    expect(row(page, question)).to_have_count(1)


def test_it_leaves_the_selection_and_the_bar_says_so(three, inbox):
    inbox.get_by_label("Select all shown").check()
    expect(inbox.locator("#picked")).to_have_text("3 selected")

    strike(inbox, three[0])

    expect(inbox.locator("#picked")).to_have_text("2 selected")
    expect(inbox.locator("#left")).to_have_text("1 decided meanwhile, no longer selected")
    expect(inbox.locator("#status")).to_have_text("1 decided meanwhile, no longer selected")
    strike(inbox, three[1], "dave")
    expect(inbox.locator("#left")).to_have_text("2 decided meanwhile, no longer selected")
    row(inbox, three[2]).get_by_role("checkbox").uncheck()
    row(inbox, three[2]).get_by_role("checkbox").check()
    expect(inbox.locator("#left")).to_be_hidden()


def test_whoever_was_on_its_box_stays_on_the_row(three, inbox):
    row(inbox, three[1]).get_by_role("checkbox").check()
    expect(row(inbox, three[1]).get_by_role("checkbox")).to_be_focused()
    inbox.mouse.move(5, 5)

    strike(inbox, three[1])

    expect(row(inbox, three[1]).locator(".row-link")).to_be_focused()


def test_when_the_last_row_goes_the_list_says_that_nothing_waits(transactional_db, visit):
    question = make_interrupt()
    page = visit("/keys/", "bob", "reviewers")
    page.clock.install()
    page.goto(page.url.replace("/keys/", "/"))
    page.mouse.move(5, 5)
    strike(live(page), question)

    let_pass(page, 6_000)

    expect(page.locator("#inbox-list")).to_contain_text("Nothing waits for you")
