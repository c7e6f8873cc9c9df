from __future__ import annotations

import json
from typing import Any

import pytest

from tests.agents.dialects.asking import captured, faults, read, requests, tell

ARGS = {"to": "a@b.c", "count": 3, "meta": {"k": [1]}}
REQUEST = captured("agent_inbox_request_list")[0]["value"][0]


def flags(**allowed: bool) -> dict[str, Any]:
    return REQUEST | {"config": {f"allow_{name}": yes for name, yes in allowed.items()}}


@pytest.mark.parametrize(
    "payload", [REQUEST, [REQUEST], json.dumps(REQUEST), f" {json.dumps([REQUEST])}"]
)
def test_a_request_may_be_alone_in_a_list_or_a_text(payload: Any) -> None:
    request = read(payload)

    assert (request.dialect, request.title) == ("agent_inbox", "Send email to a@b.c")
    assert [one.as_json() for one in request.actions] == [
        {
            "name": "send_email",
            "description": "# Draft\nPlease **review**",
            "args": ARGS,
            "schema": {"type": "object"},
            "allowed": ["approve", "edit", "reject", "respond"],
            "response": "message",
        }
    ]
    assert tell(request, {"type": "reject"}) == [{"type": "ignore", "args": None}]


@pytest.mark.parametrize(
    ("decision", "response"),
    [
        ({"type": "approve"}, {"type": "accept", "args": {"action": "send_email", "args": ARGS}}),
        (
            {"type": "edit", "args": {"to": "x", "count": 4, "meta": {"k": [1.5, None, True]}}},
            {
                "type": "edit",
                "args": {
                    "action": "send_email",
                    "args": {"to": "x", "count": 4, "meta": {"k": [1.5, None, True]}},
                },
            },
        ),
        ({"type": "respond", "message": "later"}, {"type": "response", "args": "later"}),
        ({"type": "reject", "message": "why"}, {"type": "ignore", "args": None}),
    ],
)
def test_the_answer_is_a_list_of_one_response_whose_values_keep_their_types(
    decision: Any, response: Any
) -> None:
    (request,) = requests("agent_inbox_request_list")

    assert tell(request, decision) == [response]


@pytest.mark.parametrize(
    ("allowed", "verbs"),
    [
        ({"accept": True}, ("approve",)),
        ({"accept": False, "edit": True, "ignore": True}, ("edit", "reject")),
        ({"respond": True}, ("respond",)),
    ],
)
def test_each_flag_allows_one_decision(allowed: dict[str, bool], verbs: tuple[str, ...]) -> None:
    assert read(flags(**allowed)).actions[0].allowed == verbs


def test_several_requests_get_an_answer_each() -> None:
    request = read([REQUEST, REQUEST])

    assert request.title == "2 actions: Send email (2)"
    assert [one["type"] for one in tell(request, {"type": "approve"}, {"type": "reject"})] == [
        "accept",
        "ignore",
    ]
    assert faults(request, {"type": "approve"}, {"type": "respond", "message": " "}) == {
        "/1/message": "a response to a tool call carries a text"
    }


def test_a_text_is_read_into_what_the_site_can_keep() -> None:
    text = json.dumps(REQUEST).replace('"count": 3', '"count": NaN').replace("a@b.c", "\\ud800")

    args = read(text).actions[0].args

    assert args == {"to": "\\ud800", "count": "nan", "meta": {"k": [1]}}


@pytest.mark.parametrize(
    "payload",
    [
        [],
        [REQUEST, "and another"],
        flags(),
        flags(accept=False),
        REQUEST | {"config": {"allow_accept": "yes"}},
        REQUEST | {"config": {"allow_accept": True, "allow_edit": "no"}},
        REQUEST | {"action_request": {"action": "send", "args": "text"}},
        REQUEST | {"action_request": {"action": None, "args": {}}},
        json.dumps(REQUEST)[:-1],
        "[" * 100_000,
        '{"action_request": 1}',
    ],
)
def test_what_only_looks_like_a_request_is_a_plain_question(payload: Any) -> None:
    assert read(payload).dialect == "plain"
