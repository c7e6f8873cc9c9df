"""Drafts in a browser: kept while somebody types, there again, and never lost to a colleague."""

from __future__ import annotations

from playwright.sync_api import expect

from approvals.models import Comment
from tests.browser.conftest import live
from tests.browser.test_live import decided_by
from tests.factories import make_interrupt


def test_what_somebody_types_is_kept_by_itself(visit, transactional_db):
    question = make_interrupt()
    page = visit(f"/interrupts/{question.pk}/", "bob", "reviewers")
    page.locator("[name='/note']").fill("half a thought")
    expect(page.locator("#keep")).to_contain_text("Draft saved")

    page.reload()

    expect(page.locator("[name='/note']")).to_have_value("half a thought")
    expect(page.locator("#approve-label")).to_have_text("Approve with 1 edit")
    page.get_by_role("button", name="Discard").click()
    expect(page.locator("[name='/note']")).to_have_value("first")


def test_the_word_that_it_is_kept_covers_no_button(visit, transactional_db):
    page = visit(f"/interrupts/{make_interrupt().pk}/", "bob", "reviewers")
    page.locator("[name='/note']").fill("half a thought")
    expect(page.locator("#keep")).to_contain_text("Draft saved")

    said, button = (page.locator(one).bounding_box() for one in ("#keep", "#bar .button.approve"))

    assert said["x"] >= button["x"] + button["width"]


def test_edits_overtaken_by_a_colleague_become_a_comment(visit, transactional_db):
    question = make_interrupt()
    page = live(visit(f"/interrupts/{question.pk}/", "bob", "reviewers"))
    page.locator("[name='/note']").fill("half a thought")
    expect(page.locator("#keep")).to_contain_text("Draft saved")

    decided_by("carol", question)

    expect(page.get_by_role("alert")).to_contain_text("Approved by carol")
    expect(page.locator("#changes")).not_to_contain_text("this is what the agent goes on with")
    expect(page.locator("[name='/note']")).to_have_value("half a thought")
    page.get_by_role("alert").get_by_role("button", name="Copy my edits to a comment").click()
    expect(page.locator("#comments-list")).to_contain_text("note: first → half a thought")
    assert Comment.objects.get().author.username == "bob"
