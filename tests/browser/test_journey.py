"""From a request to its result, as the people involved see it."""

from __future__ import annotations

from playwright.sync_api import expect

from approvals.models import Decision, Run
from tests.browser.conftest import live


def test_an_agent_pauses_a_person_edits_and_approves_and_the_agent_goes_on(visit, worker, settings):
    settings.LANGVEL_POLICIES = {"orders": [{"undo_seconds": 0}]}
    bobs = live(visit("/", "bob", "reviewers"))
    carols = live(visit("/", "carol", "reviewers"))
    alices = visit("/agents/orders/start/", "alice", "requesters")

    alices.get_by_label("Order Id").fill("ORD-7")
    alices.get_by_label("Amount").fill("12500")
    alices.get_by_label("Customer Id").fill("C-1")
    alices.get_by_role("button", name="Start the run").click()

    alices.wait_for_url("**/runs/*/")
    expect(alices.locator("#run .badge").first).to_have_text("Waiting for a person")
    for page in (bobs, carols):
        expect(page.locator("tr[data-interrupt]")).to_have_count(0)
        page.locator(".pill").get_by_role("link", name="Show").click()
        expect(page.locator("tr[data-interrupt]")).to_have_count(1)

    bobs.get_by_role("link", name="Process order ORD-7").click()
    live(bobs).get_by_label("Amount").fill("11000")
    expect(bobs.locator("#changes tbody tr")).to_contain_text("/amount")
    bobs.get_by_role("button", name="Approve with 1 edit").click()
    bobs.get_by_role("button", name="Yes, approve, with 1 edit").click()

    expect(bobs.locator("#banner")).to_contain_text("Approved with changes by bob")
    expect(bobs.locator("#run-card .badge")).to_have_text("Finished")
    expect(bobs.locator("#run-card")).to_contain_text("R-ORD-7")
    row = carols.locator("tr[data-interrupt]")
    expect(row).to_contain_text("approved with changes by bob")
    expect(row).not_to_have_attribute("data-status", "pending")
    expect(alices.locator("#run .badge").first).to_have_text("Finished")
    expect(alices.locator("#run")).to_contain_text("11000")
    assert Run.objects.get().result["metadata"]["receipt"]["amount"] == 11000
    assert Decision.objects.get().actor.username == "bob"


def test_a_mail_is_answered_with_one_press(visit, worker):
    alices = visit("/agents/mailer/start/", "alice", "requesters")
    alices.locator("[name='/to']").fill("ana@example.org")
    alices.locator("[name='/topic']").fill("the lamp")
    alices.get_by_role("button", name="Start the run").click()
    alices.wait_for_url("**/runs/*/")
    alices.get_by_role("link", name="Review").click()
    expect(alices.locator("#question")).to_contain_text("somebody else must decide it")

    bobs = visit("/", "bob", "reviewers")
    bobs.get_by_role("link", name="Send this mail to ana@example.org?").click()
    bobs.get_by_role("button", name="Yes", exact=True).click()

    expect(bobs.locator("#banner")).to_contain_text("Answered by bob")
    expect(bobs.locator("#run-card .badge")).to_have_text("Finished")
    assert Run.objects.get().result["sent"] is True
