"""A reviewer's day at the inbox: by keyboard, in bulk, with keys of one's own."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from approvals.models import Decision, Interrupt
from approvals.services.claims import claim
from approvals.services.decisions import decide
from tests.browser.conftest import live
from tests.factories import ACTION, make_interrupt, make_user

RESYNC = """document.dispatchEvent(new CustomEvent("htmx:ws:before:message:incoming", {
  detail: { message: { data: JSON.stringify({ type: "resync" }) } },
}))"""


def row(page, question):
    return page.locator(f"#interrupt-{question.pk}")


@pytest.fixture
def three(transactional_db):
    return [make_interrupt(title=f"Pay {amount}.00", risk="low") for amount in (1, 2, 3)]


def test_three_questions_are_triaged_by_keyboard_only(three, visit):
    first, second, third = three
    page = live(visit("/", "bob", "reviewers"))

    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("Pay 1.00")
    live(page)
    page.keyboard.press("a")
    page.keyboard.press("a")
    expect(page.locator("h1")).to_have_text("Pay 2.00")
    live(page)
    page.keyboard.press("r")
    page.keyboard.type("already paid")
    page.keyboard.press("Control+Enter")
    expect(page.locator("h1")).to_have_text("Pay 3.00")
    live(page)
    page.keyboard.press("g")
    page.keyboard.press("i")
    page.wait_for_selector("#rows")
    live(page)
    page.keyboard.press("j")
    page.keyboard.press("i")
    expect(row(page, third)).to_contain_text("bob")
    page.keyboard.press("h")
    expect(page.get_by_label("1 hour")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#sheet h1")).to_have_text("1 snoozed")

    verbs = Decision.objects.order_by("pk").values_list("interrupt", "verb", "reason")
    assert list(verbs) == [(first.pk, "approve", ""), (second.pk, "reject", "already paid")]
    third.refresh_from_db()
    assert (third.assignee.username, third.snoozed_by.username) == ("bob", "bob")


def test_of_twenty_selected_two_have_changed(transactional_db, visit):
    questions = [make_interrupt(title=f"Pay {at}.00") for at in range(20)]
    page = visit("/", "bob", "reviewers")
    page.get_by_label("Select all shown").check()
    expect(page.locator("#picked")).to_have_text("20 selected")
    page.get_by_role("button", name="Approve 20…").click()
    expect(page.locator("#sheet h1")).to_have_text("Approve 20 questions?")
    for question in questions[:2]:
        decide(
            question.pk, actor=make_user("carol", "reviewers"), version=1, digest=question.digest,
            decisions=[{"type": "reject"}], via="api", auth_method="token",
        )  # fmt: skip

    page.get_by_role("button", name="Approve 20", exact=True).click()

    expect(page.locator("#sheet h1")).to_have_text("18 approved, 2 changed meanwhile")
    missed = page.locator("#sheet .left-out a")
    expect(missed).to_have_text(["Pay 0.00", "Pay 1.00"])
    assert missed.first.get_attribute("href") == f"/interrupts/{questions[0].pk}/"
    page.get_by_role("link", name="Back to the inbox").click()
    expect(page.locator("#inbox-list")).to_contain_text("Nothing waits for you")
    assert Decision.objects.filter(via="bulk", verb="approve").count() == 18


def test_what_must_be_decided_alone_is_counted_out_while_selecting(transactional_db, visit):
    make_interrupt(risk="high", title="Wipe")
    make_interrupt(risk="low")
    page = visit("/", "bob", "reviewers")

    page.keyboard.press("j")
    page.keyboard.press("J")
    expect(page.locator("#picked")).to_have_text("2 selected, 1 to decide one by one")
    page.keyboard.press("a")

    expect(page.locator("#sheet h1")).to_have_text("Approve 1 question?")
    expect(page.locator("#sheet .left-out")).to_contain_text("high risk: decided by itself")
    page.keyboard.press("Escape")
    expect(page.locator("#sheet")).not_to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(".bulk-bar")).not_to_be_visible()


def test_who_is_on_a_question_shows_on_open_pages(three, visit):
    page = live(visit("/", "bob", "reviewers"))

    claim(three[1].pk, actor=make_user("carol", "reviewers"), via="page")

    expect(row(page, three[1])).to_contain_text("carol is on this")
    page.goto(page.url + f"interrupts/{three[1].pk}/")
    page.get_by_role("button", name="Take over").click()
    expect(page.locator("#handling")).to_contain_text("You are on this")


def test_claiming_keeps_what_was_typed(three, visit):
    page = live(visit(f"/interrupts/{three[0].pk}/", "bob", "reviewers"))
    page.locator("[name='/note']").fill("half a thought")

    page.get_by_role("button", name="Claim").click()
    expect(page.locator("#handling")).to_contain_text("You are on this")

    expect(page.locator("[name='/note']")).to_have_value("half a thought")


def test_keys_of_ones_own_work_and_the_usual_ones_no_longer_do(three, visit):
    page = visit("/settings/", "bob", "reviewers")
    page.get_by_label("Next row or question").fill("n")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    page.goto(page.url.replace("settings/", ""))

    page.keyboard.press("j")
    expect(page.locator(".row-link:focus")).to_have_count(0)
    page.keyboard.press("n")
    expect(row(page, three[0]).locator(".row-link")).to_be_focused()


def test_keys_that_are_off_do_nothing(three, visit):
    page = visit("/settings/", "bob", "reviewers")
    page.get_by_label("Keys are on").uncheck()
    with page.expect_response(lambda response: response.request.method == "POST"):
        page.get_by_role("button", name="Save", exact=True).click()
    page.goto(page.url.replace("settings/", ""))

    for key in "jxa?":
        page.keyboard.press(key)

    expect(page.locator(".row-link:focus, :checked, #sheet[open]")).to_have_count(0)


def test_the_palette_goes_places_and_searches(three, visit):
    page = visit("/runs/", "bob", "reviewers")
    page.keyboard.press("Control+k")
    expect(page.locator(".palette-input")).to_be_focused()
    page.keyboard.type("overd")
    page.keyboard.press("Enter")
    page.wait_for_url("**/?view=overdue")

    page.keyboard.press("Control+k")
    expect(page.locator(".palette-input")).to_be_focused()
    page.keyboard.type("Pay 2")
    page.keyboard.press("Enter")
    expect(page.locator("#rows tr")).to_have_count(1)


def test_a_search_narrows_while_it_is_typed_and_help_is_a_key_away(three, visit):
    page = visit("/", "bob", "reviewers")

    page.keyboard.press("/")
    page.keyboard.type("risk:huge pay 3")
    expect(page.locator("#rows tr")).to_have_count(1)
    expect(page.locator("#filter-problems")).to_contain_text("“huge” is not a risk")
    page.locator("h1").click()
    page.keyboard.press("?")

    expect(page.locator("#sheet h1")).to_have_text("Keyboard")


def test_without_javascript_many_are_decided_on_pages(three, visit):
    page = visit("/", "bob", "reviewers", java_script_enabled=False)
    for question in three[:2]:
        row(page, question).get_by_role("checkbox").check()
    page.get_by_role("button", name="Approve…").click()
    page.get_by_label("Note for all of them").fill("fine")
    page.get_by_role("button", name="Approve 2").click()

    expect(page.locator("h1")).to_have_text("2 approved")
    assert set(Interrupt.objects.values_list("status", flat=True)) == {"decided", "pending"}


def test_list_and_question_side_by_side_and_back_again(three, visit):
    page = live(visit("/", "bob", "reviewers"))
    page.keyboard.press("\\")
    page.wait_for_url(f"**/?item={three[0].pk}")
    expect(page.locator("#pane h1")).to_have_text("Pay 1.00")

    row(page, three[1]).locator(".row-link").click()
    expect(page.locator("#pane h1")).to_have_text("Pay 2.00")
    expect(page.locator("#pane h1")).to_be_focused()
    page.wait_for_url(f"**/?item={three[1].pk}")
    page.go_back()
    expect(page.locator("#pane h1")).to_have_text("Pay 1.00")
    live(page).keyboard.press("\\")

    expect(page.locator("#pane")).to_have_count(0)
    expect(page.locator("#rows tr")).to_have_count(3)


def test_sorting_and_new_questions_keep_the_question_beside_the_list(three, visit):
    page = live(visit(f"/?item={three[0].pk}", "bob", "reviewers"))
    row(page, three[1]).locator(".row-link").click()
    expect(page.locator("#pane h1")).to_have_text("Pay 2.00")

    new = make_interrupt(title="Pay 4.00", risk="low")
    page.evaluate("htmx.trigger('#news', 'live', {}, false)")
    expect(page.locator("#show-new")).to_be_visible()
    page.keyboard.press(".")
    row(page, new).locator(".row-link").click()
    expect(page.locator("#pane h1")).to_have_text("Pay 4.00")
    page.get_by_role("link", name="Waiting", exact=True).press("Enter")

    page.wait_for_url(f"**/?sort=waiting&item={new.pk}")
    expect(page.locator("#pane h1")).to_have_text("Pay 4.00")


def test_news_that_were_on_their_way_close_no_menu_either(three, visit):
    page = live(visit(f"/interrupts/{three[0].pk}/", "bob", "reviewers"))
    page.wait_for_load_state("networkidle")
    late = []
    page.route("**/handling/", lambda route: late.append(route))
    with page.expect_request("**/handling/"):
        page.evaluate("htmx.trigger('#handling', 'live', {}, false)")
    page.get_by_role("button", name="Assign…").click()

    page.evaluate(
        "document.addEventListener('htmx:finally:request', () => document.body.dataset.told = 1)"
    )
    late[0].continue_()
    page.wait_for_selector("body[data-told]")

    expect(page.get_by_label("Assign to")).to_be_visible()


def test_parts_that_come_together_close_no_menu_either(three, visit):
    page = live(visit(f"/interrupts/{three[0].pk}/", "bob", "reviewers"))
    page.wait_for_load_state("networkidle")
    late = []
    page.route("**/parts/**", lambda route: late.append(route))
    with page.expect_request("**/parts/**"):
        page.evaluate(RESYNC)
    page.get_by_role("button", name="Assign…").click()

    page.evaluate(
        "document.addEventListener('htmx:after:swap', () => document.body.dataset.told = 1)"
    )
    late[0].continue_()
    page.wait_for_selector("body[data-told]")

    expect(page.get_by_label("Assign to")).to_be_visible()


def test_news_close_no_menu_that_somebody_chooses_from(three, visit):
    make_user("zoe", "reviewers")
    page = live(visit(f"/interrupts/{three[0].pk}/", "bob", "reviewers"))
    page.get_by_role("button", name="Assign…").click()
    page.get_by_label("Assign to").select_option("zoe")

    with page.expect_response("**/banner/"):
        claim(three[0].pk, actor=make_user("carol", "reviewers"), via="page")
    page.get_by_role("button", name="Assign", exact=True).click()

    expect(page.locator("#handling")).to_contain_text("Assigned to zoe")


def test_keys_go_to_the_question_before_and_the_one_after(three, visit):
    first, second, third = three
    page = live(visit(f"/interrupts/{second.pk}/", "bob", "reviewers"))

    page.keyboard.press("k")
    expect(page.locator("h1")).to_have_text(first.title)
    expect(page.locator("#previous")).to_have_count(0)
    page.keyboard.press("j")
    expect(page.locator("h1")).to_have_text(second.title)
    page.keyboard.press("j")
    expect(page.locator("h1")).to_have_text(third.title)


def test_keys_go_to_what_is_flagged_and_to_the_changes(transactional_db, visit):
    question = make_interrupt(policy={"flagged": ["/amount", "/note"]})
    page = live(visit(f"/interrupts/{question.pk}/", "bob", "reviewers"))
    amount, note = (page.locator(f"#fields [name$='/{name}']") for name in ("amount", "note"))

    page.keyboard.press("]")
    expect(amount).to_be_focused()
    amount.fill("7")
    page.locator("h1").focus()
    page.keyboard.press("[")
    expect(note).to_be_focused()
    page.locator("h1").focus()
    page.locator("#changes h2").wait_for()
    page.keyboard.press("d")
    expect(page.locator("#changes h2")).to_be_focused()


def test_a_key_on_the_list_opens_the_response(transactional_db, visit):
    make_interrupt(title="Pay 1.00", actions=[ACTION | {"allowed": ["approve", "respond"]}])
    page = live(visit("/", "bob", "reviewers"))

    page.keyboard.press("j")
    page.keyboard.press("c")

    expect(page.locator("h1")).to_have_text("Pay 1.00")
    expect(page.locator("#value-0")).to_be_focused()
