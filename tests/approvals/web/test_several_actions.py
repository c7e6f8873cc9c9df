"""One question with several actions: each answered by itself, all sent at once."""

from __future__ import annotations

import pytest

from approvals.models import Decision
from tests.approvals.web.reading import HTMX, fields, words
from tests.factories import make_decision, make_interrupt

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_registered")]

MAIL_SCHEMA = {
    "type": "object",
    "properties": {"to": {"type": "string"}, "copies": {"type": "integer", "maximum": 3}},
    "required": ["to", "copies"],
}
MAIL = {
    "name": "send_mail",
    "description": "Sends a **mail**",
    "args": {"to": "ana@example.org", "copies": 1},
    "schema": MAIL_SCHEMA,
    "allowed": ["approve", "edit", "reject", "respond"],
    "response": "message",
}
WIPE = {
    "name": "wipe_folder",
    "description": "",
    "args": {"path": "/srv/old"},
    "schema": None,
    "allowed": ["approve", "reject"],
}
ASK = {
    "name": "ask_user",
    "description": "",
    "args": {"question": "Which colour?"},
    "schema": None,
    "allowed": ["respond"],
    "response": "message",
}


ALL = {"a0:~verb": "approve", "a1:~verb": "approve", "a2:~verb": "respond", "a2:~value": "blue"}


@pytest.fixture
def question():
    return make_interrupt(
        dialect="langchain_batched", title="Three tools", actions=[MAIL, WIPE, ASK]
    )


def send(client, interrupt, verb="each", *, headers=None, **changed):
    """Open the page, change what is in the form, press a button: without a line of JavaScript."""
    form = fields(client.get(f"/interrupts/{interrupt.pk}/"))
    return client.post(
        f"/interrupts/{interrupt.pk}/decide/", form | {"verb": verb} | changed, **(headers or {})
    )


def decided(interrupt):
    decision = Decision.objects.filter(interrupt=interrupt).first()
    return decision and decision.decisions


def test_each_action_gets_its_own_answer(bob, question):
    response = send(
        bob,
        question,
        **{
            "a0:~verb": "approve",
            "a0:/to": "bob@example.org",
            "a1:~verb": "reject",
            "a1:~reason": "Never",
            "a2:~verb": "respond",
            "a2:~value": "blue",
        },
    )

    assert response.status_code == 303
    assert decided(question) == [
        {"type": "edit", "args": {"to": "bob@example.org", "copies": 1}},
        {"type": "reject", "message": "Never"},
        {"type": "respond", "message": "blue"},
    ]


def test_the_note_is_heard_where_a_rejection_gives_no_reason(bob, question):
    send(bob, question, **ALL | {"~note": "As agreed", "a1:~verb": "reject"})

    decision = Decision.objects.get(interrupt=question)
    assert (decision.verb, decision.reason) == ("mixed", "As agreed")
    assert decision.resume_value["decisions"][1] == {"type": "reject", "message": "As agreed"}


def test_words_written_beside_a_verb_that_was_not_chosen_are_not_sent(bob, question):
    send(bob, question, **ALL | {"a1:~reason": "half a thought", "a0:~value": "and another"})

    assert decided(question)[:2] == [{"type": "approve"}, {"type": "approve"}]


def test_nothing_is_chosen_beforehand(bob, question):
    page = bob.get(f"/interrupts/{question.pk}/").content.decode()

    assert 'value="approve" checked' not in page
    assert "0 of 3 chosen" in page


def test_each_action_offers_only_what_it_allows(bob, question):
    page = bob.get(f"/interrupts/{question.pk}/").content.decode()

    offered = [
        [
            verb
            for verb in ("approve", "reject", "respond")
            if f'name="a{at}:~verb" value="{verb}"' in page
        ]
        for at in range(3)
    ]
    assert offered == [["approve", "reject", "respond"], ["approve", "reject"], ["respond"]]
    assert 'type="hidden" name="a2:~verb" value="respond"' in page


def test_an_action_without_a_choice_keeps_everything_back(bob, question):
    response = send(bob, question, **ALL | {"a1:~verb": "", "a0:/to": "carol@example.org"})

    kept = fields(response)
    assert (response.status_code, decided(question)) == (422, None)
    assert "2. wipe_folder : Choose what to do with this one." in words(response)
    assert (kept["a0:/to"], kept["a0:~verb"], kept["a2:~value"]) == (
        "carol@example.org",
        "approve",
        "blue",
    )


def test_every_fault_is_said_at_its_own_action_and_nothing_typed_is_lost(bob, question):
    response = send(
        bob,
        question,
        **ALL | {"a0:/copies": "many", "a1:~verb": "reject", "a1:~reason": "No", "a2:~value": " "},
    )

    kept, page = fields(response), response.context["question"]
    assert (response.status_code, decided(question)) == (422, None)
    assert [bool(action.part.edit.errors) for action in page.actions] == [True, False, False]
    assert [list(action.part.problems) for action in page.actions] == [[], [], ["value"]]
    assert (kept["a0:/copies"], kept["a1:~reason"]) == ("many", "No")


def test_what_the_schema_refuses_lands_at_the_field_of_its_action(bob, question):
    response = send(bob, question, **ALL | {"a0:/copies": "7"})

    assert response.status_code == 422
    assert dict(response.context["question"].actions[0].part.edit.errors) == {
        "/copies": "This must be at most 3."
    }
    assert fields(response)["a0:/copies"] == "7"


def test_rejecting_all_says_why_once(bob, question):
    question.actions = [MAIL, WIPE]
    question.save()

    send(bob, question, "reject", **{"~reason": "Wrong customer"})

    decision = Decision.objects.get(interrupt=question)
    assert (decision.verb, decision.reason) == ("reject", "Wrong customer")
    assert [one["message"] for one in decision.resume_value["decisions"]] == ["Wrong customer"] * 2


def test_approving_all_takes_the_edits_along(bob, question):
    question.actions = [MAIL, WIPE]
    question.save()

    send(bob, question, "approve", **{"a0:/copies": "2", "a1:~verb": "reject"})

    assert decided(question) == [
        {"type": "edit", "args": {"to": "ana@example.org", "copies": 2}},
        {"type": "approve"},
    ]


def test_the_same_for_all_is_offered_only_when_all_allow_it(bob, question):
    page = bob.get(f"/interrupts/{question.pk}/").content.decode()

    assert 'name="verb" value="each"' in page
    assert 'name="verb" value="approve"' not in page
    assert 'name="verb" value="reject"' not in page


def test_the_same_for_all_is_refused_when_one_does_not_allow_it(bob, question):
    response = send(bob, question, "reject")

    assert (response.status_code, decided(question)) == (422, None)
    assert list(response.context["question"].actions[2].part.problems) == ["verb"]


def test_tools_without_a_known_schema_are_edited_by_their_values(bob, question):
    loose = MAIL | {"schema": {"type": "object"}, "args": {"to": "ana", "n": 1, "tags": ["x"]}}
    question.actions = [loose, WIPE]
    question.save()

    send(bob, question, "approve", **{"a0:/to": "bea", "a0:/n": "2", "a0:/tags": '["x", "y"]'})

    assert decided(question)[0] == {
        "type": "edit",
        "args": {"to": "bea", "n": 2, "tags": ["x", "y"]},
    }


def test_while_somebody_chooses_and_types_each_action_says_what_it_means(bob, question):
    form = fields(bob.get(f"/interrupts/{question.pk}/"))

    response = bob.post(
        f"/interrupts/{question.pk}/form/", form | ALL | {"a0:/copies": "2"}, **HTMX
    )

    page = words(response)
    assert "send_mail /copies 1 2" in page
    assert "Approve with 1 edit" in page
    assert "3 of 3 chosen" in page


def test_pressing_a_button_inside_one_form_leaves_the_others_as_they_are(bob, question):
    listing = MAIL | {
        "args": {"to": ["a"]},
        "schema": {
            "type": "object",
            "properties": {"to": {"type": "array", "items": {"type": "string"}}},
        },
    }
    question.actions = [listing, listing]
    question.save()

    response = send(bob, question, **{"a1:_op": "add:/to", "a0:/to/0": "b", "a0:~verb": "approve"})

    kept = fields(response)
    assert (response.status_code, decided(question)) == (200, None)
    assert (kept["a0:/to/0"], kept["a0:~verb"]) == ("b", "approve")
    assert ("a0:/to/1" in kept, kept["a1:/to/1"]) == (False, "")


def test_a_decided_question_says_what_became_of_each_action(bob, question):
    make_decision(
        question,
        verb="mixed",
        decisions=[
            {"type": "edit", "args": {"to": "bea@example.org", "copies": 1}},
            {"type": "reject", "message": "Never"},
            {"type": "respond", "message": "blue"},
        ],
    )

    response = bob.get(f"/interrupts/{question.pk}/")

    page = response.context["question"]
    assert [action.verdict for action in page.actions] == [
        "approved with changes",
        "rejected",
        "answered",
    ]
    assert "send_mail /to ana@example.org bea@example.org" in words(response)
    assert "Never" in words(response)
    assert 'name="a0:~verb"' not in response.content.decode()


def test_a_choice_for_all_that_allow_it_sends_nothing_yet(bob, question):
    response = send(bob, question, _op="choose:reject", **{"a0:~reason": "Wrong person"})

    kept = fields(response)
    assert (response.status_code, decided(question)) == (200, None)
    assert [kept[f"a{at}:~verb"] for at in range(3)] == ["reject", "reject", "respond"]
    assert kept["a0:~reason"] == "Wrong person"
    assert "2 of 3 chosen" in words(response)


def test_a_choice_nobody_offers_changes_nothing(bob, question):
    response = send(bob, question, _op="choose:explode", **{"a0:~verb": "approve"})

    assert fields(response)["a0:~verb"] == "approve"
