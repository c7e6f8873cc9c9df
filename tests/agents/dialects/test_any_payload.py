"""Whatever a graph passes to `interrupt()` becomes a question that can be shown and answered."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents import dialects
from agents.dialects.request import VERBS, InvalidAnswer, ReviewRequest
from agents.jsonable import to_json
from tests.agents.dialects.asking import BY, NAMES, captured, requests

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)  # fmt: skip
IDS = st.sampled_from(["", "placeholder-id", "breakpoint", "0f5681ae3e8d74502a654d10605fd121"])
WHOLE = [one for name in NAMES for one in captured(name)] + [
    {
        "value": {
            "langvel": 1,
            "title": "Pay",
            "action": {"name": "pay", "args": {"amount": 1}, "schema": {"type": "object"}},
            "allowed": ["approve", "edit", "reject"],
            "state": {"amount": 1},
            "risk": "high",
            "deadline": 60,
        },
        "id": "1",
        "response_schema": None,
    },
    {"value": json.dumps(captured("agent_inbox_request_list")[0]["value"]), "id": "2", "response_schema": None},
]  # fmt: skip


@st.composite
def damaged(draw: st.DrawFn) -> dict[str, Any]:
    """A captured pause with some of its parts removed or exchanged, schema included."""
    one = to_json(draw(st.sampled_from(WHOLE)))
    for _ in range(draw(st.integers(0, 4))):
        _damage(draw, one)
    return one


def _damage(draw: st.DrawFn, whole: dict[str, Any]) -> None:
    part: Any = whole
    while True:
        keys = list(part) if isinstance(part, dict) else list(range(len(part)))
        if not keys:
            return
        key = draw(st.sampled_from(keys))
        if isinstance(part[key], (dict, list)) and part[key] and draw(st.booleans()):
            part = part[key]
            continue
        if draw(st.booleans()) and part is not whole:
            del part[key]
        else:
            part[key] = draw(JSON)
        return


def check(request: ReviewRequest) -> None:
    """It can be shown, kept and answered."""
    kept = {"payload": request.payload, "actions": [one.as_json() for one in request.actions]}
    assert json.loads(json.dumps(kept, allow_nan=False)) == kept
    assert request.title and len(request.title) <= 300
    assert all(isinstance(text, str) for text in (request.summary, request.effect))
    assert request.actions and all(one.allowed for one in request.actions)
    assert all(set(one.allowed) <= set(VERBS) for one in request.actions)
    assert request.risk in ("", "low", "medium", "high", "critical")
    assert isinstance(request.state, dict)
    assert request.deadline_seconds is None or math.isfinite(request.deadline_seconds)


@given(JSON, IDS, st.none() | JSON)
def test_any_value_is_a_question(value: Any, interrupt_id: str, schema: Any) -> None:
    request = dialects.read(
        value, node="n", state={}, interrupt_id=interrupt_id, response_schema=schema
    )

    check(request)


@given(damaged())
def test_any_part_of_a_payload_may_be_missing_or_wrong(one: dict[str, Any]) -> None:
    request = dialects.read(
        one.get("value"),
        node="n",
        state={"a": 1},
        interrupt_id=one.get("id") if isinstance(one.get("id"), str) else "",
        response_schema=one.get("response_schema"),
    )

    check(request)


@given(damaged(), st.data())
def test_any_decision_is_translated_or_refused(one: dict[str, Any], data: st.DataObject) -> None:
    request = dialects.read(one.get("value"), node="n", state={"a": 1})
    decisions = data.draw(st.lists(DECISION, max_size=3))

    try:
        value = dialects.answer(
            request.dialect,
            actions=[action.as_json() for action in request.actions],
            decisions=decisions,
            by=BY,
            payload=request.payload,
        )
    except InvalidAnswer as refused:
        assert refused.errors
        assert all(not at or at.startswith("/") for at in refused.errors)
    else:
        assert json.loads(json.dumps(value, allow_nan=False)) == value


DECISION = JSON | st.fixed_dictionaries(
    {"type": st.sampled_from([*VERBS, "accept"])},
    optional={"args": JSON, "message": st.text() | JSON, "value": JSON, "name": st.text()},
)


@pytest.mark.parametrize("name", NAMES)
def test_every_captured_payload_is_read_in_its_own_dialect(name: str) -> None:
    prefix = {
        "agent_inbox": "agent_inbox",
        "agui": "agui",
        "copilotkit": "copilotkit",
        "deepagents": "langchain_batched",
        "langchain_v1_hitl_batched": "langchain_batched",
        "langchain_v1_hitl_per_call": "langchain_per_call",
        "node_interrupt": "node_interrupt",
        "plain": "plain",
        "response_schema": "response_schema",
    }
    expected = next(dialect for start, dialect in prefix.items() if name.startswith(start))

    assert {request.dialect for request in requests(name)} == {expected}
