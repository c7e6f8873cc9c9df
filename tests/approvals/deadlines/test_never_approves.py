"""Silence is no consent: whatever a graph asks, and however, no deadline ever approves it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from hypothesis import given
from hypothesis import strategies as st

from agents import dialects
from approvals.deadlines import sweep
from approvals.models import Decision, Interrupt

pytestmark = pytest.mark.django_db

PAYLOADS = Path(__file__).parents[2] / "agents" / "dialects" / "payloads"
CONSENT = {"approve", "accept", "edit", "response", "respond", "continue"}
ON_TIMEOUT = ["reject", "escalate", "keep", ""]

GATE = {
    "langvel": 1,
    "digest": "d",
    "action": {"name": "pay", "args": {"amount": 1}, "schema": {}},
    "allowed": ["approve", "edit", "reject"],
}
AGUI = {"reason": "confirm", "message": "Pay?", "toolCallId": "1"}
FLAGS = ("allow_accept", "allow_edit", "allow_ignore", "allow_respond")

json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=5).filter(str.isprintable),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner),
    max_leaves=6,
)
inbox = st.builds(
    lambda flags, args: {
        "action_request": {"action": "pay", "args": {"x": args}},
        "config": dict(zip(FLAGS, flags, strict=True)),
    },
    st.tuples(*[st.booleans()] * 4),
    json_values,
)
payloads = (
    json_values
    | inbox
    | st.lists(inbox, min_size=1, max_size=3)
    | st.just(AGUI)
    | st.sampled_from(["approve", "edit", "reject"]).map(lambda one: GATE | {"allowed": [one]})
    | st.just(GATE)
)
ids = st.sampled_from(["i", "placeholder-id", "breakpoint"])


def recorded() -> Iterator[Any]:
    for file in sorted(PAYLOADS.glob("*.json")):
        found = json.loads(file.read_text())
        yield pytest.param(
            found.get("value", found) if isinstance(found, dict) else found, id=file.stem
        )


def swept(late: Any, value: Any, on_timeout: str, interrupt_id: str = "i") -> Interrupt:
    asked = dialects.read(value, node="step", state={"amount": 1}, interrupt_id=interrupt_id)
    question = late(
        on_timeout,
        dialect=asked.dialect,
        actions=[action.as_json() for action in asked.actions],
        request=asked.payload,
        interrupt_id=interrupt_id,
    )
    assert [one.what for one in sweep()] != ["failed"]
    question.refresh_from_db()
    return question


def assert_no_consent(question: Interrupt) -> None:
    decision = Decision.objects.filter(interrupt=question).first()
    if decision is None:
        assert question.is_pending
        return
    assert question.on_timeout == "reject"
    assert {one["type"] for one in decision.decisions} == {"reject"} == {decision.verb}
    assert not said_in(decision.resume_value) & CONSENT
    assert decision.resume_value not in (True, None, "")


def said_in(value: Any) -> set[str]:
    """Every `type` within a resume value."""
    if isinstance(value, list):
        return set().union(*map(said_in, value))
    if not isinstance(value, dict):
        return set()
    own = {value["type"]} if isinstance(value.get("type"), str) else set()
    return own.union(*map(said_in, value.values()))


@pytest.mark.parametrize("on_timeout", ON_TIMEOUT)
@pytest.mark.parametrize("value", list(recorded()))
def test_no_recorded_payload_is_approved(late: Any, value: Any, on_timeout: str) -> None:
    assert_no_consent(swept(late, value, on_timeout))


@given(value=payloads, on_timeout=st.sampled_from(ON_TIMEOUT), interrupt_id=ids)
def test_no_payload_at_all_is_approved(
    late: Any, value: Any, on_timeout: str, interrupt_id: str
) -> None:
    with transaction.atomic():
        assert_no_consent(swept(late, value, on_timeout, interrupt_id))
        transaction.set_rollback(True)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (GATE, {"type": "reject"}),
        (AGUI, {"__agui_cancelled__": True, "interrupt_id": "i"}),
        (
            {"action_request": {"action": "pay", "args": {}}, "config": {"allow_ignore": True}},
            [{"type": "ignore", "args": None}],
        ),
    ],
)
def test_each_dialect_hears_its_own_word_for_no(late: Any, value: Any, expected: Any) -> None:
    question = swept(late, value, "reject")

    heard = Decision.objects.get(interrupt=question).resume_value
    part = {name: heard[name] for name in expected} if isinstance(expected, dict) else heard
    assert part == expected
