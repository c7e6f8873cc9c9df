"""CopilotKit, AG-UI and response schemas: dialects that are answered with a value."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.agents.dialects.asking import captured, faults, read, requests, tell

AGUI = captured("agui")[0]["value"]
SCHEMA = {"type": "object", "properties": {"ok": {"type": "boolean"}}, "required": ["ok"]}


def respond(value: Any) -> dict[str, Any]:
    return {"type": "respond", "value": value}


def test_copilotkit_asks_with_a_message() -> None:
    (request,) = requests("copilotkit_message")

    assert (request.dialect, request.title) == ("copilotkit", "Which city?")
    assert request.actions[0].allowed == ("respond",)


def test_copilotkit_asks_for_an_action_with_arguments() -> None:
    (request,) = requests("copilotkit_action")

    assert (request.title, request.actions[0].name, request.actions[0].args) == (
        "Book Oslo",
        "book",
        {"city": "Oslo"},
    )


@pytest.mark.parametrize("value", ["Oslo", "", {"city": "Oslo"}, True, 5, {}])
def test_copilotkit_is_answered_with_the_value_itself(value: Any) -> None:
    (request,) = requests("copilotkit_message")

    assert tell(request, respond(value)) == value


@pytest.mark.parametrize("value", [None, [], [{"content": "Oslo"}]])
def test_what_copilotkit_would_fail_on_is_refused(value: Any) -> None:
    (request,) = requests("copilotkit_message")

    assert list(faults(request, respond(value))) == ["/0/value"]


def test_agui_says_what_it_asks_why_and_until_when() -> None:
    until = (datetime.now(UTC) + timedelta(hours=1)).isoformat()

    request = read(AGUI | {"expires_at": until})

    assert (request.dialect, request.title, request.summary) == ("agui", "Send?", "approval")
    assert request.deadline_seconds == pytest.approx(3600, abs=60)
    assert request.actions[0].allowed == ("reject", "respond")


def test_a_question_that_came_too_late_is_due_at_once() -> None:
    assert read(AGUI | {"expires_at": "2020-01-01T00:00:00"}).deadline_seconds == 0


def test_agui_spells_its_fields_in_two_ways() -> None:
    request = read({"message": "Send?", "toolCallId": "1", "responseSchema": SCHEMA})

    assert (request.dialect, request.actions[0].response_schema) == ("agui", SCHEMA)


def test_agui_is_answered_with_the_payload_or_cancelled() -> None:
    (request,) = requests("agui")

    assert tell(request, respond({"ok": False})) == {"ok": False}
    assert tell(request, {"type": "reject"}, interrupt_id="i1") == {
        "__agui_cancelled__": True,
        "interrupt_id": "i1",
    }


def test_agui_answers_fit_the_schema_it_sent() -> None:
    (request,) = requests("agui")

    assert faults(request, respond({"ok": "yes"})) == {"/0/value/ok": "This must be yes or no."}


def test_only_a_graph_that_knows_the_cancellation_is_sent_one() -> None:
    anybodys = read({"reason": "more than 500", "message": "Pay?"})
    refusing = read(AGUI, response_schema=SCHEMA)

    assert (anybodys.dialect, anybodys.actions[0].allowed) == ("agui", ("respond",))
    assert (refusing.dialect, refusing.actions[0].allowed) == ("agui", ("respond",))


@pytest.mark.parametrize(
    "payload",
    [
        {"message": "Send?"},
        {"reason": "because"},
        {"tool_call_id": "1", "expires_at": "2026-12-01T00:00:00Z"},
        AGUI | {"expires_at": "tomorrow"},
        AGUI | {"reason": 5},
        AGUI | {"message": ["Send?"]},
        AGUI | {"response_schema": {"type": "nonsense"}},
        AGUI | {"response_schema": {"$ref": "http://127.0.0.1:9/x"}},
    ],
)
def test_what_only_looks_like_agui_is_a_plain_question(payload: Any) -> None:
    assert read(payload).dialect == "plain"


@pytest.mark.parametrize("name", ["response_schema_jsonschema", "response_schema_pydantic"])
def test_a_question_with_a_schema_offers_it(name: str) -> None:
    (request,) = requests(name)
    action = request.actions[0].as_json()

    assert (request.dialect, request.title) == ("response_schema", "Refund")
    assert (action["response"], action["allowed"], action["schema"]) == ("value", ["respond"], None)
    assert action["response_schema"] == captured(name)[0]["response_schema"]


def test_an_answer_is_an_instance_of_the_schema() -> None:
    (request,) = requests("response_schema_pydantic")

    assert tell(request, respond({"approved": True, "amount": 5})) == {
        "approved": True,
        "amount": 5,
    }
    assert faults(request, respond({"amount": 500, "tier": "tin", "note": 1})) == {
        "/0/value/approved": "This field is required.",
        "/0/value/amount": "This must be at most 100.",
        "/0/value/tier": 'This must be one of "gold", "silver".',
        "/0/value/note": "This must be a text or nothing (null).",
    }


def test_a_dict_is_checked_although_langgraph_does_not() -> None:
    (request,) = requests("response_schema_jsonschema")

    assert faults(request, respond("yes")) == {"/0/value": "This must be an object."}
    assert faults(request, {"type": "respond"}) == {
        "/0/value": "a response to this question carries a value"
    }


@pytest.mark.parametrize(
    "schema", [{}, {"type": "nonsense"}, {"$ref": "#/$defs/gone"}, {"$ref": "http://127.0.0.1:9/"}]
)
def test_a_schema_nothing_can_be_held_against_does_not_close_the_question(schema: Any) -> None:
    request = read({"title": "Refund"}, response_schema=schema)

    assert (request.dialect, tell(request, respond(7))) == ("plain", 7)


def test_a_schema_goes_with_any_other_dialect() -> None:
    payload = captured("copilotkit_message")[0]["value"]

    request = read(payload, response_schema={"type": "string", "minLength": 2})

    assert request.dialect == "copilotkit"
    assert list(faults(request, respond("x"))) == ["/0/value"]


def test_a_schema_of_a_gates_answer_is_held_against_the_whole_decision() -> None:
    schema = {"properties": {"decisions": {"maxItems": 0}}}
    payload = captured("deepagents_subagents_parallel")[0]["value"]

    request = read(payload, response_schema=schema)

    assert list(faults(request, {"type": "approve"})) == [""]
