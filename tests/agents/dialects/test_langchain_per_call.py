from __future__ import annotations

from typing import Any

import pytest

from tests.agents.dialects.asking import captured, faults, read, requests, tell

NAME = "langchain_v1_hitl_per_call_request"
ALL = ("approve", "edit", "reject", "respond")


def mail() -> Any:
    return requests(NAME)[2]


def test_what_is_allowed_and_how_to_edit_comes_from_the_schema_of_the_answer() -> None:
    delete, ask, send = requests(NAME)

    assert [one.dialect for one in (delete, ask, send)] == ["langchain_per_call"] * 3
    assert [one.actions[0].allowed for one in (delete, ask, send)] == [
        ("approve", "reject"),
        ("respond",),
        ALL,
    ]
    schema: Any = send.actions[0].schema
    assert (schema["title"], list(schema["properties"])) == (
        "send_email",
        ["to", "subject", "urgent"],
    )


def test_the_call_says_what_it_does() -> None:
    delete, ask, send = requests(NAME)

    assert [one.title for one in (delete, ask, send)] == [
        "Delete file /etc/passwd",
        "Ask user: Which colour?",
        "Send email to alice@example.com",
    ]
    assert send.summary == "to: alice@example.com, subject: Hi"


@pytest.mark.parametrize(
    ("decision", "value"),
    [
        ({"type": "approve"}, {"type": "approve"}),
        ({"type": "reject", "message": "no"}, {"type": "reject", "message": "no"}),
        ({"type": "respond", "message": "sent"}, {"type": "respond", "message": "sent"}),
        (
            {"type": "edit", "args": {"to": "b", "subject": "s", "urgent": True}},
            {
                "type": "edit",
                "edited_action": {
                    "name": "send_email",
                    "args": {"to": "b", "subject": "s", "urgent": True},
                },
            },
        ),
    ],
)
def test_an_answer_is_one_decision(decision: Any, value: Any) -> None:
    assert tell(mail(), decision) == value


@pytest.mark.parametrize(
    ("decision", "errors"),
    [
        (
            {"type": "edit", "args": {"to": 1, "urgent": "yes"}},
            {
                "/0/args/to": "This must be a text.",
                "/0/args/urgent": "This must be yes or no.",
                "/0/args/subject": "This field is required.",
            },
        ),
        ({"type": "respond"}, {"/0/message": "a response to a tool call carries a text"}),
        ({"type": "accept"}, {"/0/type": "must be one of: approve, edit, reject, respond"}),
    ],
)
def test_a_wrong_answer_is_refused(decision: Any, errors: dict[str, str]) -> None:
    assert faults(mail(), decision) == errors


def test_a_schema_that_asks_for_more_than_the_library_does_is_kept_too() -> None:
    one = captured(NAME)[0]
    schema = one["response_schema"]
    schema["$defs"]["RejectDecision"]["required"].append("message")

    request = read(one["value"], response_schema=schema)

    assert faults(request, {"type": "reject"}) == {"/0/message": "This field is required."}


def test_without_a_schema_every_decision_is_possible() -> None:
    request = read(captured(NAME)[0]["value"])

    assert (request.dialect, request.actions[0].allowed) == ("langchain_per_call", ALL)


def test_recursive_arguments_keep_their_definitions() -> None:
    one = captured(NAME)[2]
    defs = one["response_schema"]["$defs"]
    defs["send_email"]["properties"]["reply"] = {"$ref": "#/$defs/send_email"}

    request = read(one["value"], response_schema=one["response_schema"])

    schema: Any = request.actions[0].schema
    assert "reply" in schema["$defs"]["send_email"]["properties"]
    args = {"to": "a", "subject": "b", "reply": {"to": 1, "subject": "c"}}
    assert faults(request, {"type": "edit", "args": args}) == {
        "/0/args/reply/to": "This must be a text."
    }


@pytest.mark.parametrize(
    "broken", [{"tool_call_id": None}, {"name": 1}, {"args": []}, {"type": "tool"}]
)
def test_what_only_looks_like_a_call_is_asked_with_its_schema(broken: dict[str, Any]) -> None:
    one = captured(NAME)[0]

    request = read(one["value"] | broken, response_schema=one["response_schema"])

    assert request.dialect == "response_schema"
