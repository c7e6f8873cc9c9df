from __future__ import annotations

from typing import Any

import pytest

from tests.agents.dialects.asking import captured, faults, read, requests, tell

NAME = "langchain_v1_hitl_batched_request"
ARGS = {"to": "bob@example.com", "subject": "Edited"}


def batched(*calls: dict[str, Any], allowed: Any = ("approve", "edit", "reject", "respond")) -> Any:
    return {
        "action_requests": list(calls),
        "review_configs": [
            {"action_name": call["name"], "allowed_decisions": list(allowed)} for call in calls
        ],
    }


def call(name: str = "send_email", **args: Any) -> dict[str, Any]:
    return {"name": name, "args": args}


def test_each_call_of_a_turn_is_an_action_with_its_own_decisions() -> None:
    (request,) = requests(NAME)

    assert (request.dialect, request.risk) == ("langchain_batched", "")
    assert [(one.name, one.args, one.allowed, one.response) for one in request.actions] == [
        (
            "send_email",
            {"to": "alice@example.com", "subject": "Hi"},
            ("approve", "edit", "reject", "respond"),
            "message",
        ),
        ("delete_file", {"path": "/etc/passwd"}, ("approve", "reject"), "message"),
        ("ask_user", {"question": "Which colour?"}, ("respond",), "message"),
    ]
    assert request.actions[1].description == "Deletes a file **forever**"


def test_several_calls_are_counted_and_named() -> None:
    (request,) = requests(NAME)

    assert request.title == "3 actions: Send email, Delete file, Ask user"
    assert request.effect == "Runs send_email, delete_file and ask_user."


def test_one_call_says_what_it_does() -> None:
    request = read(batched(call(to="a@b.c", url="https://mail.example.com/send")))

    assert request.title == "Send email to a@b.c"
    assert request.effect == "Runs send_email with the host mail.example.com."


def test_mixed_decisions_reach_the_middleware_in_order() -> None:
    (request,) = requests(NAME)

    value = tell(
        request,
        {"type": "edit", "args": ARGS},
        {"type": "reject", "message": "never"},
        {"type": "respond", "message": "blue"},
    )

    assert value == captured("langchain_v1_hitl_batched_response")


def test_a_rejection_without_words_carries_none() -> None:
    request = read(batched(call(to="x"), call(to="y")))

    assert tell(request, {"type": "approve"}, {"type": "reject"}) == {
        "decisions": [{"type": "approve"}, {"type": "reject"}]
    }


@pytest.mark.parametrize(
    ("decisions", "errors"),
    [
        ([{"type": "approve"}], {"": "expected 3 decisions, one for each action, got 1"}),
        (
            [{"type": "approve"}, {"type": "edit", "args": {}}, {"type": "approve"}],
            {"/1/type": "must be one of: approve, reject", "/2/type": "must be one of: respond"},
        ),
        (
            [
                {"type": "edit", "args": {}, "name": "delete_all"},
                {"type": "reject"},
                {"type": "respond", "message": "x"},
            ],
            {"/0/name": "is not part of a decision"},
        ),
        (
            [{"type": "respond", "value": 1}, {"type": "reject"}, {"type": "respond"}],
            {
                "/0/value": "a response to a tool call is a text, in message",
                "/2/message": "a response to a tool call carries a text",
            },
        ),
        (
            [
                {"type": "edit", "args": "all"},
                {"type": "reject", "message": 5},
                {"type": "respond", "message": "x"},
            ],
            {
                "/0/args": "an edit carries the whole arguments as an object",
                "/1/message": "must be text",
            },
        ),
    ],
)
def test_a_wrong_answer_is_refused_with_all_its_faults(
    decisions: list[Any], errors: dict[str, str]
) -> None:
    (request,) = requests(NAME)

    assert faults(request, *decisions) == errors


def test_edited_arguments_must_fit_the_tools_schema_when_it_is_told() -> None:
    payload = batched(call(to="a@b.c"), call(to="b@b.c"))
    payload["review_configs"][1]["args_schema"] = {
        "type": "object",
        "properties": {"to": {"type": "string"}},
        "required": ["to"],
    }

    request = read(payload)

    assert faults(request, {"type": "approve"}, {"type": "edit", "args": {"to": 5}}) == {
        "/1/args/to": "This must be a text."
    }


def test_identical_questions_of_parallel_sub_agents_stay_two() -> None:
    first, second = requests("deepagents_subagents_parallel")

    assert first == second
    assert tell(first, {"type": "approve"}) == {"decisions": [{"type": "approve"}]}


def test_configurations_are_found_by_name_when_there_is_one_for_each_tool() -> None:
    payload = batched(call(to="a"), call("delete", path="b"), call(to="c"))
    payload["review_configs"] = [
        {"action_name": "delete", "allowed_decisions": ["reject"]},
        {"action_name": "send_email", "allowed_decisions": ["approve"]},
    ]

    assert [one.allowed for one in read(payload).actions] == [
        ("approve",),
        ("reject",),
        ("approve",),
    ]


@pytest.mark.parametrize(
    "broken",
    [
        {"action_requests": []},
        {"action_requests": None},
        {"action_requests": [{"name": "send_email", "args": "text"}]},
        {"action_requests": [{"name": "", "args": {}}]},
        {"action_requests": [call(to="a"), {"name": "send_email"}]},
        {"action_requests": [{"name": "unknown_tool", "args": {}}]},
        {"review_configs": []},
        {"review_configs": [{"action_name": "send_email", "allowed_decisions": []}]},
        {"review_configs": [{"action_name": "send_email", "allowed_decisions": ["shred"]}]},
        {"review_configs": [{"action_name": "send_email", "allowed_decisions": [["approve"]]}]},
    ],
)
def test_what_only_looks_like_a_request_is_a_plain_question(broken: dict[str, Any]) -> None:
    assert read(batched(call(to="a")) | broken).dialect == "plain"
