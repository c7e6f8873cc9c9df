"""The verbs of each dialect, in people's words, from the page to the decision."""

from __future__ import annotations

import pytest

from approvals.models import Decision
from approvals.web.review.asking import is_yes_or_no
from tests.approvals.web.reading import fields, words
from tests.factories import ACTION, QUESTION_ACTION, make_decision, make_interrupt

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_registered")]

STOPPED = {
    "name": "charge_card",
    "description": "",
    "args": {"amount": 100.0, "customer": "Ana"},
    "schema": {"type": "object"},
    "allowed": ["approve", "edit", "reject", "respond"],
    "response": "value",
}
TYPED = {
    "name": "ask",
    "description": "",
    "args": {"order": 7},
    "schema": None,
    "allowed": ["respond"],
    "response": "value",
    "response_schema": {
        "type": "object",
        "properties": {
            "approved": {"type": "boolean"},
            "amount": {"type": "number", "maximum": 100},
        },
        "required": ["approved", "amount"],
    },
}
CANCELLABLE = QUESTION_ACTION | {"allowed": ["reject", "respond"], "response": "value"}


def send(client, interrupt, verb, **changed):
    form = fields(client.get(f"/interrupts/{interrupt.pk}/"))
    return client.post(f"/interrupts/{interrupt.pk}/decide/", form | {"verb": verb} | changed)


def decided(interrupt):
    decision = Decision.objects.filter(interrupt=interrupt).first()
    return decision and decision.decisions


def bar(client, interrupt):
    page = words(client.get(f"/interrupts/{interrupt.pk}/"))
    return page[page.rindex("stored") :]


def test_a_stopped_run_is_continued_skipped_or_cancelled(bob):
    told = bar(bob, make_interrupt(dialect="breakpoint", actions=[STOPPED]))

    assert "Continue a" in told
    assert "Skip this step c" in told
    assert "Cancel the run… r" in told
    assert "Approve" not in told


@pytest.mark.parametrize(
    ("verb", "typed", "expected", "said"),
    [
        ("approve", {}, {"type": "approve"}, "Continued. The run goes on."),
        ("approve", {"/amount": "80"},
         {"type": "edit", "args": {"amount": 80, "customer": "Ana"}},
         "Continued with a changed state. The run goes on."),
        ("skip", {}, {"type": "respond", "value": {"skip": True}},
         "Step skipped. The run goes on."),
        ("reject", {"~reason": "Wrong"}, {"type": "reject"}, "Run cancelled."),
    ],
)  # fmt: skip
def test_each_verb_of_a_stopped_run_is_said_as_it_is_meant(bob, verb, typed, expected, said):
    interrupt = make_interrupt(dialect="breakpoint", actions=[STOPPED], state=STOPPED["args"])

    response = send(bob, interrupt, verb, **typed)

    assert (response.status_code, decided(interrupt)) == (303, [expected])
    assert said in words(bob.get(response["Location"]))


def test_only_a_stop_before_a_step_can_skip_it(bob):
    action = STOPPED | {"allowed": ["approve", "edit", "reject"]}
    interrupt = make_interrupt(dialect="node_interrupt", actions=[action])

    assert "Skip" not in bar(bob, interrupt)
    assert send(bob, interrupt, "skip").status_code == 422


def test_an_answer_with_a_schema_is_a_form_of_it(bob):
    interrupt = make_interrupt(dialect="response_schema", actions=[TYPED])

    form = fields(bob.get(f"/interrupts/{interrupt.pk}/"))
    send(bob, interrupt, "respond", **{"answer:/approved": "true", "answer:/amount": "80.5"})

    assert form["answer:/approved"] != "true"
    assert decided(interrupt) == [{"type": "respond", "value": {"approved": True, "amount": 80.5}}]


@pytest.mark.parametrize(
    ("typed", "pointer"),
    [
        ({"answer:/amount": "much", "answer:/approved": "true"}, "/amount"),
        ({"answer:/amount": "900", "answer:/approved": "true"}, "/amount"),
        ({"answer:/amount": "9"}, "/approved"),
    ],
)
def test_an_answer_its_schema_refuses_is_marked_at_the_field(bob, typed, pointer):
    interrupt = make_interrupt(dialect="response_schema", actions=[TYPED])

    response = send(bob, interrupt, "respond", **typed)

    part = response.context["question"].actions[0].part
    assert (response.status_code, decided(interrupt)) == (422, None)
    assert list(part.answer.errors) == [pointer]
    assert fields(response)["answer:/amount"] == typed["answer:/amount"]


def test_an_answer_that_was_given_is_shown_as_its_form(bob):
    interrupt = make_interrupt(dialect="response_schema", actions=[TYPED])
    value = {"approved": False, "amount": 7.5}
    make_decision(interrupt, verb="respond", decisions=[{"type": "respond", "value": value}])

    assert "Answer Approved" in words(bob.get(f"/interrupts/{interrupt.pk}/"))
    assert "7.5" in words(bob.get(f"/interrupts/{interrupt.pk}/"))


def test_a_question_that_can_be_declined_says_so(bob):
    interrupt = make_interrupt(dialect="agui", title="Send it?", actions=[CANCELLABLE])

    assert "Decline to answer… r" in bar(bob, interrupt)


@pytest.mark.parametrize(
    ("title", "offered"),
    [
        ("Go on?", True), ("Send this mail to ana@example.org?", True), ("Approve", True),
        ("Which colour?", False), ("What is your name?", False), ("how many?", False),
        ("Please enter a city", False), ("Whatever works, go on?", True),
    ],
)  # fmt: skip
def test_yes_and_no_are_offered_where_they_can_be_an_answer(bob, title, offered):
    interrupt = make_interrupt(dialect="plain", title=title, actions=[QUESTION_ACTION])

    page = bob.get(f"/interrupts/{interrupt.pk}/").content.decode()

    assert is_yes_or_no(interrupt) is offered
    assert ('value="yes"' in page) is offered
    assert ("or choose yes or no" in sent_empty(bob, interrupt)) is offered


def sent_empty(client, interrupt):
    """What is said of an answer without a word in it."""
    place = f"/interrupts/{interrupt.pk}/"
    refused = client.post(f"{place}decide/", fields(client.get(place)) | {"verb": "respond"})
    assert (refused.status_code, "The answer is empty. Write one" in words(refused)) == (422, True)
    return words(refused)


def test_one_of_several_questions_has_no_yes_to_choose(bob):
    interrupt = make_interrupt(
        dialect="agent_inbox",
        actions=[ACTION, QUESTION_ACTION | {"response": "value"}],
        request=[{}, {}],
    )
    place = f"/interrupts/{interrupt.pk}/"
    said = {"verb": "each", "a0:~verb": "approve", "a1:~verb": "respond", "a1:~value": ""}

    refused = bob.post(f"{place}decide/", fields(bob.get(place)) | said)

    assert "The answer is empty. Write one." in words(refused)
    assert "or choose" not in words(refused)


def test_a_plain_payload_is_a_table_before_it_is_json(bob):
    payload = {"lines": [{"sku": "A", "n": 1}, {"sku": "B", "n": 2}], "note": None}
    action = QUESTION_ACTION | {"args": payload}

    page = bob.get(f"/interrupts/{make_interrupt(dialect='plain', actions=[action]).pk}/")

    assert "<th>sku</th><th>n</th>" in page.content.decode()
    assert "&quot;sku&quot;" not in page.content.decode()


def test_a_tool_s_response_must_say_something(bob):
    action = STOPPED | {"allowed": ["approve", "respond"], "response": "message"}
    interrupt = make_interrupt(dialect="langchain_per_call", actions=[action])

    response = send(bob, interrupt, "respond", **{"~value": "  "})

    assert (response.status_code, decided(interrupt)) == (422, None)
    assert "The response is empty. Write what the agent should get." in words(response)
