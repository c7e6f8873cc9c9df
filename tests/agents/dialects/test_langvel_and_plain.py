from __future__ import annotations

from typing import Any

import pytest

from agents import dialects
from agents.dialects.request import InvalidAnswer, Reviewer

BY = Reviewer(name="bob", at="2026-11-23T10:00:00+00:00")
GATE = {
    "langvel": 1,
    "node": "check",
    "title": "Pay the invoice",
    "summary": "100 EUR",
    "effect": "Transfers 100 EUR.",
    "description": "",
    "action": {"name": "pay", "args": {"amount": 100}, "schema": {"type": "object"}},
    "allowed": ["approve", "edit", "reject"],
    "state": {"amount": 100, "iban": "ES91"},
    "risk": "high",
    "deadline": 60,
    "on_timeout": "keep",
}


def read(value: Any) -> Any:
    return dialects.read(value, node="ask_user", state={"a": 1})


def test_a_gate_is_one_action_whose_arguments_can_be_edited() -> None:
    request = read(GATE)

    assert (request.dialect, request.title, request.effect, request.risk) == (
        "langvel",
        "Pay the invoice",
        "Transfers 100 EUR.",
        "high",
    )
    assert [action.as_json() for action in request.actions] == [
        {
            "name": "pay",
            "description": "",
            "args": {"amount": 100},
            "schema": {"type": "object"},
            "allowed": ["approve", "edit", "reject"],
        }
    ]
    assert (request.state, request.deadline_seconds) == ({"amount": 100, "iban": "ES91"}, 60)


@pytest.mark.parametrize(
    "broken",
    [
        {"action": None},
        {"action": {"name": "pay", "args": [], "schema": {}}},
        {"allowed": []},
        {"allowed": ["respond"]},
        {"langvel": 2},
    ],
)
def test_what_only_looks_like_a_gate_is_a_plain_question(broken: dict[str, Any]) -> None:
    assert read(GATE | broken).dialect == "plain"


@pytest.mark.parametrize(
    ("value", "title"),
    [
        ("What is your name?", "What is your name?"),
        ({"question": "Approve?", "llm_output": "text"}, "Approve?"),
        ({"title": "Send it?"}, "Send it?"),
        (["a", "b"], "Ask user"),
        (None, "Ask user"),
        (7, "Ask user"),
        ("", "Ask user"),
        ("first line\nsecond", "first line"),
        ("x" * 500, "x" * 119 + "…"),
    ],
)
def test_a_plain_question_is_titled_by_what_it_asks(value: Any, title: str) -> None:
    request = read(value)

    assert (request.dialect, request.title, request.payload) == ("plain", title, value)


def test_a_plain_question_is_answered_with_the_value_alone() -> None:
    actions = [action.as_json() for action in read("Name?").actions]

    value = dialects.answer(
        "plain", actions=actions, decisions=[{"type": "respond", "value": {}}], by=BY
    )

    assert value == {}


def test_a_gate_is_told_who_decided_and_when() -> None:
    actions = [action.as_json() for action in read(GATE).actions]

    value = dialects.answer(
        "langvel", actions=actions, decisions=[{"type": "reject", "message": "no"}], by=BY
    )

    assert value == {"type": "reject", "message": "no", "by": "bob", "at": BY.at}


def test_a_gate_is_told_to_which_question_the_decision_belongs() -> None:
    actions = [action.as_json() for action in read(GATE).actions]

    value = dialects.answer(
        "langvel",
        actions=actions,
        decisions=[{"type": "approve"}],
        by=BY,
        payload=GATE | {"digest": "d1"},
    )

    assert value["digest"] == "d1"


def test_an_edit_carries_the_whole_arguments() -> None:
    actions = [action.as_json() for action in read(GATE).actions]

    value = dialects.answer(
        "langvel", actions=actions, decisions=[{"type": "edit", "args": {"amount": 90}}], by=BY
    )

    assert value["args"] == {"amount": 90}


def test_an_argument_that_was_not_offered_is_refused() -> None:
    actions = [action.as_json() for action in read(GATE).actions]

    with pytest.raises(InvalidAnswer) as refused:
        dialects.answer(
            "langvel",
            actions=actions,
            decisions=[{"type": "edit", "args": {"amount": 90, "approved": True}}],
            by=BY,
        )

    assert refused.value.errors == {"/0/args/approved": "is not offered for editing"}


@pytest.mark.parametrize("deadline", [-1, 1e300, float("1e15"), True, "soon", [60], None])
def test_what_is_no_time_to_wait_is_no_deadline(deadline: Any) -> None:
    assert read(GATE | {"deadline": deadline}).deadline_seconds is None
