"""An answer is for one question: change any one part of that, and the answer is not carried."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from agents.dialects.request import ReviewRequest
from agents.outcome import Question
from agents.view import bind
from approvals.driving.answers import Answers
from approvals.driving.leases import Standing

ARGS = {"amount": 100, "to": "Ana"}
SCHEMA = {"type": "object", "properties": {"amount": {"type": "number"}}}
SEEN: dict[str, Any] = {
    "thread_id": "t1",
    "checkpoint_id": "c1",
    "task_id": "k1",
    "interrupt_id": "i1",
    "version": "1+ab",
    "step_code": "s1",
    "payload": {"title": "Pay", "args": ARGS},
    "actions": [{"name": "pay", "args": ARGS, "schema": SCHEMA, "allowed": ["approve", "reject"]}],
}
CHANGES: dict[str, dict[str, Any]] = {
    "another thread": {"thread_id": "t2"},
    "another checkpoint": {"checkpoint_id": "c2"},
    "another task": {"task_id": "k2"},
    "another question of the task": {"interrupt_id": "i2"},
    "another version of the agent": {"version": "1+cd"},
    "another code of the step": {"step_code": "s2"},
    "another payload": {"payload": SEEN["payload"] | {"title": "Pay at once"}},
    "another type in the payload": {"payload": {"title": "Pay", "args": ARGS | {"amount": "100"}}},
    "another order in the payload": {"payload": {"title": "Pay", "args": [1, 2]}},
    "another schema": {"actions": [SEEN["actions"][0] | {"schema": SCHEMA | {"required": ["to"]}}]},
    "other arguments": {"actions": [SEEN["actions"][0] | {"args": ARGS | {"to": "Eve"}}]},
    "another verb allowed": {"actions": [SEEN["actions"][0] | {"allowed": ["approve"]}]},
    "one action more": {"actions": SEEN["actions"] * 2},
}


def asked(**changes: Any) -> Question:
    given = SEEN | changes
    question = Question(
        checkpoint_id=given["checkpoint_id"],
        task_id=given["task_id"],
        interrupt_id=given["interrupt_id"],
        node="gate",
        request=ReviewRequest(dialect="plain", title="Pay", actions=(), payload=None),
        digest="",
        version=given["version"],
        step_code=given["step_code"],
    )
    shown = {name: given[name] for name in ("payload", "actions")}
    return bind(question, thread_id=given["thread_id"], **shown)


def decided(question: Question) -> Standing:
    return Standing(
        pk=1,
        place=question.place,
        digest=question.digest,
        node=question.node,
        agent_version=question.version,
        step_code=question.step_code,
        resumes_alone=False,
        is_ready=True,
        value="yes",
    )


def test_an_answer_is_carried_to_the_question_it_was_given_to() -> None:
    answers = Answers([decided(asked())])

    assert [question for question, _ in answers.next_for([asked()])] == [asked()]


@pytest.mark.parametrize("change", CHANGES)
def test_one_part_changed_and_it_is_not_carried(change: str) -> None:
    answers = Answers([decided(asked())])

    assert answers.next_for([asked(**CHANGES[change])]) == []


@pytest.mark.parametrize("change", CHANGES)
def test_the_digest_alone_tells_them_apart(change: str) -> None:
    """Where LangGraph knew both by the same ids, too."""
    seen, now = asked(), asked(**CHANGES[change])
    same_place = {
        name: getattr(seen, name) for name in ("checkpoint_id", "task_id", "interrupt_id")
    }

    assert Answers([decided(seen)]).next_for([replace(now, **same_place)]) == []


def test_no_two_changes_have_one_digest() -> None:
    assert len({asked(**change).digest for change in CHANGES.values()}) == len(CHANGES)


@pytest.mark.parametrize(
    "same",
    [{"payload": {"args": dict(reversed(ARGS.items())), "title": "Pay"}}, {}],
    ids=["keys in another order", "asked once more"],
)
def test_what_says_the_same_has_the_same_digest(same: Mapping[str, Any]) -> None:
    assert asked(**same).digest == asked().digest
