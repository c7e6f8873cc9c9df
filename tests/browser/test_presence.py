"""Presence in browsers: beside the open question, and as an eye in the inbox."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.conftest import live
from tests.factories import make_interrupt


def test_reviewers_see_each_other_look_type_and_leave(visit, transactional_db):
    question = make_interrupt()
    inbox = live(visit("/", "dora", "reviewers"))
    bob = live(visit(f"/interrupts/{question.pk}/", "bob", "reviewers"))
    carol = live(visit(f"/interrupts/{question.pk}/", "carol", "reviewers"))

    expect(bob.locator("#presence")).to_have_text("carol is viewing")
    expect(carol.locator("#presence")).to_have_text("bob is viewing")
    expect(inbox.locator(f"[data-eye='{question.pk}']")).to_be_visible()
    carol.locator("[name='/note']").fill("hm")
    expect(bob.locator("#presence")).to_have_text("carol is editing")

    carol.goto("about:blank")
    expect(bob.locator("#presence")).to_be_hidden()
    bob.goto("about:blank")
    expect(inbox.locator(f"[data-eye='{question.pk}']")).to_be_hidden()
