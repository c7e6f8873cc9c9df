"""Static breakpoints and NodeInterrupt: nothing is asked, a person decides how to go on."""

from __future__ import annotations

from typing import Any

import pytest

from tests.agents.dialects.asking import faults, read, requests, tell

STATE = {"amount": 1, "paid": True, "messages": []}
SCHEMA = {
    "type": "object",
    "properties": {"amount": {"type": "number"}, "note": {"type": "string"}},
}


def stop(**known: Any) -> Any:
    return read(None, **{"node": "pay", "state": STATE, "interrupt_id": "breakpoint"} | known)


def test_a_breakpoint_offers_the_state_before_the_next_node() -> None:
    request = stop(response_schema=SCHEMA)
    (action,) = request.actions

    assert (request.dialect, request.title) == ("breakpoint", "Continue with pay?")
    assert (action.name, action.args, action.schema) == ("pay", STATE, SCHEMA)
    assert action.allowed == ("approve", "edit", "reject", "respond")


def test_a_node_interrupt_is_told_by_its_id_and_cannot_be_skipped() -> None:
    (request,) = requests("node_interrupt_legacy")

    assert (request.dialect, request.title) == ("node_interrupt", "legacy: input too long")
    assert request.actions[0].allowed == ("approve", "edit", "reject")


@pytest.mark.parametrize(
    ("decision", "told"),
    [
        ({"type": "approve"}, {"continue": True}),
        ({"type": "reject", "message": "no"}, {"cancel": True}),
        ({"type": "respond", "value": {"skip": True}}, {"skip": True}),
        ({"type": "edit", "args": STATE}, {"continue": True}),
        ({"type": "edit", "args": STATE | {"amount": 2}}, {"update": {"amount": 2}}),
        ({"type": "edit", "args": STATE | {"amount": 1.0}}, {"update": {"amount": 1.0}}),
        ({"type": "edit", "args": STATE | {"note": "n"}}, {"update": {"note": "n"}}),
    ],
)
def test_the_answer_says_what_to_do_and_only_what_changed(decision: Any, told: Any) -> None:
    value = tell(stop(response_schema=SCHEMA), decision)

    assert repr(value) == repr(told)


@pytest.mark.parametrize(
    ("decision", "pointer"),
    [
        ({"type": "edit", "args": STATE | {"amount": "much"}}, "/0/args/amount"),
        ({"type": "edit", "args": STATE | {"a/b": 1}}, "/0/args/a~1b"),
        ({"type": "edit", "args": {"amount": 1, "paid": True}}, "/0/args/messages"),
        ({"type": "respond", "value": {"skip": 1}}, "/0/value"),
        ({"type": "respond", "value": "skip"}, "/0/value"),
        ({"type": "respond"}, "/0/value"),
    ],
)
def test_a_wrong_answer_is_refused(decision: Any, pointer: str) -> None:
    assert list(faults(stop(response_schema=SCHEMA), decision)) == [pointer]


@pytest.mark.parametrize("payload", [None, {"action_requests": []}, {"langvel": 1}])
def test_the_payload_of_a_node_interrupt_may_look_like_anything(payload: Any) -> None:
    assert read(payload, interrupt_id="placeholder-id").dialect == "node_interrupt"


def test_a_state_that_breaks_its_own_schema_can_still_be_edited() -> None:
    request = stop(response_schema=SCHEMA, state=STATE | {"amount": None, "note": 5})

    assert tell(request, {"type": "edit", "args": STATE | {"amount": None, "note": "n"}}) == {
        "update": {"note": "n"}
    }
    assert list(faults(request, {"type": "edit", "args": STATE | {"amount": "x", "note": 5}}))
