from __future__ import annotations

import pytest
from django.test import Client

from approvals.models import Decision, Interrupt
from tests.approvals.web.reading import HTMX, fields, shown, words
from tests.factories import (
    ACTION,
    ARGS,
    QUESTION_ACTION,
    make_decision,
    make_interrupt,
    make_run,
    make_user,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_registered")]

LINES_SCHEMA = {
    "type": "object",
    "properties": {
        "amount": {"type": "number"},
        "lines": {"type": "array", "items": {"type": "string"}},
    },
    "required": ["amount", "lines"],
}


def make_plain(**fields):
    return make_interrupt(dialect="plain", actions=[QUESTION_ACTION], **fields)


def send(client, interrupt, verb="approve", *, headers=None, **changed):
    """Open the page, change what is in the form, press a button: without a line of JavaScript."""
    form = fields(client.get(f"/interrupts/{interrupt.pk}/"))
    return client.post(
        f"/interrupts/{interrupt.pk}/decide/", form | {"verb": verb} | changed, **(headers or {})
    )


def decided(interrupt):
    decision = Decision.objects.filter(interrupt=interrupt).first()
    return decision and decision.decisions


def test_approving_untouched_fields_is_an_approval(bob):
    interrupt = make_interrupt()

    response = send(bob, interrupt)

    assert (response.status_code, response["Location"]) == (303, f"/interrupts/{interrupt.pk}/")
    assert decided(interrupt) == [{"type": "approve"}]
    assert "Approved. The run goes on." in words(bob.get(response["Location"]))


def test_approving_a_changed_field_is_an_edit_of_exactly_that(bob):
    interrupt = make_interrupt()

    send(bob, interrupt, **{"/amount": "80.5"})

    assert decided(interrupt) == [{"type": "edit", "args": ARGS | {"amount": 80.5}}]


def test_a_question_that_only_takes_edits_is_approved_by_one(bob):
    interrupt = make_interrupt(actions=[ACTION | {"allowed": ["edit", "reject"]}])

    send(bob, interrupt)

    assert decided(interrupt) == [{"type": "edit", "args": ARGS}]


def test_rejecting_keeps_the_reason_and_drops_the_edits(bob):
    interrupt = make_interrupt()

    send(bob, interrupt, "reject", **{"~reason": "Too much", "/amount": "much"})

    decision = Decision.objects.get(interrupt=interrupt)
    assert (decision.decisions, decision.reason) == ([{"type": "reject"}], "Too much")


def test_the_note_goes_with_the_approval(bob):
    interrupt = make_interrupt()

    send(bob, interrupt, **{"~note": "Checked"})

    assert Decision.objects.get(interrupt=interrupt).reason == "Checked"


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("text", "yes, go on", "yes, go on"),
        ("text", "two\r\nlines", "two\nlines"),
        ("number", " 12 ", 12),
        ("number", "1.5", 1.5),
        ("json", '{"ok": [true, null]}', {"ok": [True, None]}),
    ],
)
def test_a_plain_question_is_answered_with_a_value(bob, kind, text, value):
    interrupt = make_plain()

    send(bob, interrupt, "respond", **{"~kind": kind, "~value": text})

    assert decided(interrupt) == [{"type": "respond", "value": value}]


@pytest.mark.parametrize(("verb", "value"), [("yes", True), ("no", False)])
def test_yes_and_no_answer_a_plain_question_at_once(bob, verb, value):
    interrupt = make_plain()

    send(bob, interrupt, verb)

    assert decided(interrupt) == [{"type": "respond", "value": value}]


@pytest.mark.parametrize(
    ("kind", "text", "fault"),
    [
        ("number", "much", "“much” is not a number."),
        ("number", "1,000", "“1,000” is not a number."),
        ("number", "inf", "“inf” is not a finite number."),
        ("json", "{", "Not valid JSON"),
        ("json", '{"a": 1, "a": 2}', "the key 'a' appears twice"),
        ("json", "[" * 5000 + "]" * 5000, "levels"),
        ("text", "a\0b", "NUL"),
        ("text", " ", "The answer is empty."),
    ],
)
def test_a_value_that_cannot_be_read_is_said_and_kept(bob, kind, text, fault):
    interrupt = make_plain()

    response = send(bob, interrupt, "respond", **{"~kind": kind, "~value": text})

    assert response.status_code == 422
    assert fault in words(response)
    assert fields(response)["~value"].replace("\n", "") == text.replace("\0", "\0")
    assert decided(interrupt) is None


def test_text_in_a_number_is_refused_and_everything_typed_is_kept(bob):
    interrupt = make_interrupt()

    response = send(bob, interrupt, **{"/amount": "much", "/note": "second", "~note": "hm"})

    kept = fields(response)
    assert (response.status_code, decided(interrupt)) == (422, None)
    assert (kept["/amount"], kept["/note"], kept["~note"]) == ("much", "second", "hm")
    assert 'aria-invalid="true"' in response.content.decode()


def test_an_edit_the_schema_refuses_is_marked_at_its_field(bob):
    schema = ACTION["schema"] | {"properties": {"amount": {"type": "number", "maximum": 500}}}
    interrupt = make_interrupt(actions=[ACTION | {"schema": schema}])

    response = send(bob, interrupt, **{"/amount": "900.5"})

    assert (response.status_code, fields(response)["/amount"]) == (422, "900.5")
    assert "500" in words(response)
    assert decided(interrupt) is None


def test_a_stale_version_shows_the_question_as_it_is_and_keeps_what_was_typed(bob):
    interrupt = make_interrupt()
    form = fields(bob.get(f"/interrupts/{interrupt.pk}/"))
    Interrupt.objects.filter(pk=interrupt.pk).update(version=2)

    response = bob.post(
        f"/interrupts/{interrupt.pk}/decide/", form | {"verb": "approve", "/amount": "80.5"}
    )

    kept = fields(response)
    assert (response.status_code, decided(interrupt)) == (409, None)
    assert (kept["version"], kept["/amount"]) == ("2", "80.5")
    assert "The question has changed since you saw it" in words(response)


def test_a_second_decision_is_told_who_was_first_and_keeps_what_was_typed(bob):
    interrupt = make_interrupt()
    form = fields(bob.get(f"/interrupts/{interrupt.pk}/"))
    make_decision(interrupt, actor=make_user("carol", "reviewers"))

    response = bob.post(
        f"/interrupts/{interrupt.pk}/decide/",
        form | {"verb": "approve", "/amount": "80"},
        **HTMX,
    )

    assert (response.status_code, shown(response)) == (409, [(interrupt.pk, "decided")])
    assert "carol decided this first" in words(response)
    assert "80" in words(response)
    assert 'id="bar"' not in response.content.decode()


def test_success_sends_htmx_to_the_decided_question(bob):
    interrupt = make_interrupt()

    response = send(bob, interrupt, headers=HTMX)

    assert (response.status_code, response["HX-Redirect"]) == (204, f"/interrupts/{interrupt.pk}/")


def test_the_requester_cannot_decide_even_with_a_form_of_their_own(as_user):
    alice, interrupt = as_user("alice", "requesters", "reviewers"), make_interrupt()

    response = send(alice, interrupt)

    assert (response.status_code, decided(interrupt)) == (403, None)
    assert "You asked for this run, so somebody else must decide it." in words(response)


def test_an_auditor_cannot_decide(as_user):
    interrupt = make_interrupt()

    response = send(as_user("audrey", "auditors"), interrupt)

    assert (response.status_code, decided(interrupt)) == (403, None)


def test_a_stranger_cannot_decide(db):
    interrupt = make_interrupt()

    response = Client().post(f"/interrupts/{interrupt.pk}/decide/", {"verb": "approve"})

    assert response["Location"].startswith("/login/")
    assert decided(interrupt) is None


def test_a_foreign_question_cannot_be_decided_nor_probed(alice):
    foreign = make_interrupt(run=make_run(requested_by=make_user("carol")))

    assert alice.post(f"/interrupts/{foreign.pk}/decide/", {"verb": "approve"}).status_code == 404
    assert alice.post(f"/interrupts/{foreign.pk}/form/").status_code == 404


def test_a_decision_needs_the_token_of_the_form(db):
    interrupt, client = make_interrupt(), Client(enforce_csrf_checks=True)
    client.force_login(make_user("bob", "reviewers"))

    response = client.post(f"/interrupts/{interrupt.pk}/decide/", {"verb": "approve"})

    assert (response.status_code, decided(interrupt)) == (403, None)
    assert "This form is too old" in words(response)


def test_looking_at_the_address_of_a_decision_decides_nothing(bob):
    interrupt = make_interrupt()

    assert bob.get(f"/interrupts/{interrupt.pk}/decide/").status_code == 405
    assert decided(interrupt) is None


@pytest.mark.parametrize("verb", ["", "edit", "explode"])
def test_a_decision_without_a_known_verb_is_refused(bob, verb):
    interrupt = make_interrupt()

    response = send(bob, interrupt, verb)

    assert (response.status_code, decided(interrupt)) == (422, None)


def test_a_verb_the_question_does_not_take_is_refused(bob):
    interrupt = make_interrupt(actions=[ACTION | {"allowed": ["approve"]}])

    response = send(bob, interrupt, "reject")

    assert (response.status_code, decided(interrupt)) == (422, None)


@pytest.mark.parametrize("version", ["", "x", "-1", "99999999999999999999"])
def test_a_form_that_does_not_say_its_version_is_refused(bob, version):
    interrupt = make_interrupt()

    response = send(bob, interrupt, version=version)

    assert (response.status_code, decided(interrupt)) == (422, None)


def test_adding_an_item_without_javascript_shows_the_longer_form(bob):
    action = ACTION | {"args": {"amount": 1.0, "lines": ["a"]}, "schema": LINES_SCHEMA}
    interrupt = make_interrupt(actions=[action])

    response = send(bob, interrupt, _op="add:/lines", **{"/amount": "2.5"})

    posted = fields(response)
    assert (response.status_code, decided(interrupt)) == (200, None)
    assert (posted["/lines/0"], posted["/lines/1"], posted["/amount"]) == ("a", "", "2.5")
    assert "Approve with 2 edits" in words(response)


def test_an_item_added_without_javascript_is_decided_as_an_edit(bob):
    action = ACTION | {"args": {"amount": 1.0, "lines": ["a"]}, "schema": LINES_SCHEMA}
    interrupt = make_interrupt(actions=[action])
    form = fields(send(bob, interrupt, _op="add:/lines"))

    bob.post(f"/interrupts/{interrupt.pk}/decide/", form | {"verb": "approve", "/lines/1": "b"})

    assert decided(interrupt) == [{"type": "edit", "args": {"amount": 1.0, "lines": ["a", "b"]}}]


def test_an_operation_keeps_text_that_is_no_number(bob):
    action = ACTION | {"args": {"amount": 1.0, "lines": []}, "schema": LINES_SCHEMA}
    interrupt = make_interrupt(actions=[action])

    response = send(bob, interrupt, _op="add:/lines", **{"/amount": "much"})

    assert (response.status_code, fields(response)["/amount"]) == (200, "much")


@pytest.mark.parametrize("op", ["preview", "check", "explode", "remove:/nope", "add:"])
def test_an_operation_decides_nothing(bob, op):
    interrupt = make_interrupt()

    response = send(bob, interrupt, _op=op)

    assert (response.status_code, decided(interrupt)) == (200, None)


def test_changes_are_shown_before_anything_is_sent(bob):
    interrupt = make_interrupt()

    response = send(bob, interrupt, _op="preview", **{"/amount": "80"})

    assert "/amount 100.0 80" in words(response)
    assert "Approve with 1 edit" in words(response)


def test_while_somebody_types_only_the_changes_come_back(bob):
    interrupt = make_interrupt()
    form = fields(bob.get(f"/interrupts/{interrupt.pk}/"))

    response = bob.post(f"/interrupts/{interrupt.pk}/form/", form | {"/amount": "80"}, **HTMX)

    assert "/amount 100.0 80" in words(response)
    assert 'id="approve-label" hx-swap-oob' in response.content.decode()
    assert 'id="question"' not in response.content.decode()


def test_while_somebody_types_a_fault_is_said_early(bob):
    interrupt = make_interrupt()
    form = fields(bob.get(f"/interrupts/{interrupt.pk}/"))

    response = bob.post(f"/interrupts/{interrupt.pk}/form/", form | {"/amount": "much"}, **HTMX)

    assert response.status_code == 200
    assert fields(response)["/amount"] == "much"
    assert 'aria-invalid="true"' in response.content.decode()
