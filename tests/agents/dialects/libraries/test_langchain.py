"""LangChain's own agent and middleware, paused and answered, in both of its modes."""

from __future__ import annotations

import inspect
from typing import Any

import pytest

from agents.dialects.request import InvalidAnswer
from tests.agents.dialects.libraries.conversation import conversing
from tests.agents.dialects.libraries.installed import library
from tests.agents.dialects.libraries.scripted import ask_user, delete_file, script, send_email

langchain = library("langchain.agents")
middleware = library("langchain.agents.middleware")

Done = list[tuple[str, dict[str, Any]]]
INPUT = {"messages": [("user", "go")]}
MAIL = ("send_email", {"to": "a@b.c", "subject": "Hi"})
SENT = ("send_email", {"to": "a@b.c", "subject": "Hi", "copies": 0})
DELETION = ("delete_file", {"path": "/etc/passwd"})
QUESTION = ("ask_user", {"question": "Which colour?"})
EDIT = {"type": "edit", "args": {"to": "x@y.z", "subject": "Hi", "copies": 2}}
EDITED = ("send_email", {"to": "x@y.z", "subject": "Hi", "copies": 2})

per_call = pytest.mark.skipif(
    "interrupt_mode" not in inspect.signature(middleware.HumanInTheLoopMiddleware).parameters,
    reason="this langchain has no per_call mode",
)
BOTH = pytest.mark.parametrize("mode", ["batched", pytest.param("per_call", marks=per_call)])


def agent(*turns: Any, mode: str = "batched") -> Any:
    given = {} if mode == "batched" else {"interrupt_mode": mode}
    review = middleware.HumanInTheLoopMiddleware(
        interrupt_on={
            "send_email": True,
            "delete_file": {"allowed_decisions": ["approve", "reject"]},
            "ask_user": {"allowed_decisions": ["respond"]},
        },
        **given,
    )
    return langchain.create_agent(
        script(*turns), [send_email, delete_file, ask_user], middleware=[review]
    )


def said(values: dict[str, Any]) -> list[str]:
    """What the model was told the tools returned."""
    return [one["content"] for one in values["messages"] if one["type"] == "tool"]


@BOTH
@pytest.mark.parametrize(
    ("decision", "effect", "told"),
    [
        ({"type": "approve"}, [SENT], "sent to a@b.c"),
        (EDIT, [EDITED], "sent to x@y.z"),
        ({"type": "reject", "message": "too early"}, [], "too early"),
        ({"type": "respond", "message": "I wrote it myself"}, [], "I wrote it myself"),
    ],
)
async def test_the_decision_is_what_happens(
    database_url: str, done: Done, mode: str, decision: Any, effect: Done, told: str
) -> None:
    async with conversing(database_url, agent([MAIL], mode=mode)) as thread:
        (question,) = await thread.start(INPUT)
        assert done == []

        left = await thread.resume(question.answer(decision))

        assert question.request.title == "Send email to a@b.c"
        assert (left, done) == ([], effect)
        assert told in said(await thread.values())[0]


async def test_mixed_decisions_in_one_question_each_find_their_call(
    database_url: str, done: Done
) -> None:
    async with conversing(database_url, agent([MAIL, DELETION, QUESTION, MAIL])) as thread:
        (question,) = await thread.start(INPUT)

        left = await thread.resume(
            question.answer(
                EDIT,
                {"type": "reject", "message": "never"},
                {"type": "respond", "message": "blue"},
                {"type": "approve"},
            )
        )

        assert (left, done) == ([], [EDITED, SENT])
        told = {
            one["tool_call_id"]: one["content"]
            for one in (await thread.values())["messages"]
            if one["type"] == "tool"
        }
        assert ("never" in told["call_0_1"], told["call_0_2"]) == (True, "blue")


@per_call
async def test_mixed_decisions_on_questions_of_one_pass_each_find_their_call(
    database_url: str, done: Done
) -> None:
    calls = [MAIL, DELETION, QUESTION]
    async with conversing(database_url, agent(calls, mode="per_call")) as thread:
        asked = {one.request.actions[0].name: one for one in await thread.start(INPUT)}

        left = await thread.resume(
            asked["delete_file"].answer({"type": "reject", "message": "never"}),
            asked["ask_user"].answer({"type": "respond", "message": "blue"}),
            asked["send_email"].answer(EDIT),
        )

        assert (left, done) == ([], [EDITED])
        assert "blue" in said(await thread.values())


@BOTH
@pytest.mark.parametrize(
    "wrong",
    [
        {"type": "accept"},
        {"type": "edit"},
        {"type": "edit", "args": {"to": 5, "subject": "Hi"}},
        {"type": "respond"},
        {"type": "respond", "value": True},
    ],
)
async def test_after_a_wrong_answer_the_thread_can_still_be_answered(
    database_url: str, done: Done, mode: str, wrong: Any
) -> None:
    async with conversing(database_url, agent([MAIL], mode=mode)) as thread:
        (question,) = await thread.start(INPUT)

        with pytest.raises(InvalidAnswer):
            question.answer(wrong)

        assert await thread.pending() == [question]
        assert await thread.resume(question.answer({"type": "approve"})) == []
        assert done == [SENT]


@BOTH
async def test_a_second_turn_asks_a_second_question(
    database_url: str, done: Done, mode: str
) -> None:
    async with conversing(database_url, agent([MAIL], [MAIL], mode=mode)) as thread:
        (first,) = await thread.start(INPUT)

        (second,) = await thread.resume(first.answer({"type": "approve"}))
        left = await thread.resume(second.answer({"type": "reject"}))

        assert first.id != second.id
        assert (left, done) == ([], [SENT])
