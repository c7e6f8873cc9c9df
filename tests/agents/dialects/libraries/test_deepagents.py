"""deepagents: its tools are gated by LangChain's middleware, in the main agent and below it."""

from __future__ import annotations

from typing import Any

import pytest

from agents.dialects.request import InvalidAnswer
from tests.agents.dialects.libraries.conversation import conversing
from tests.agents.dialects.libraries.installed import library
from tests.agents.dialects.libraries.scripted import delete_file, script, send_email

deepagents = library("deepagents")

Done = list[tuple[str, dict[str, Any]]]
INPUT = {"messages": [("user", "go")]}
MAIL = ("send_email", {"to": "a@b.c", "subject": "Hi"})
SENT = ("send_email", {"to": "a@b.c", "subject": "Hi", "copies": 0})
DELETION = ("delete_file", {"path": "/etc/passwd"})
GATES = {"send_email": True, "delete_file": {"allowed_decisions": ["approve", "reject"]}}
APPROVE, REJECT = {"type": "approve"}, {"type": "reject", "message": "never"}


def main_agent(*calls: Any) -> Any:
    return deepagents.create_deep_agent(
        model=script(list(calls)), tools=[send_email, delete_file], interrupt_on=GATES
    )


def with_helpers(count: int) -> Any:
    """A main agent that gives the same task, at once, to helpers which do the same."""
    helpers = [
        {
            "name": f"helper{number}",
            "description": "Sends mail.",
            "system_prompt": "Send it.",
            "tools": [send_email],
            "model": script([MAIL]),
            "interrupt_on": GATES,
        }
        for number in range(count)
    ]
    tasks = [
        ("task", {"description": "mail", "subagent_type": helper["name"]}) for helper in helpers
    ]
    return deepagents.create_deep_agent(model=script(tasks), subagents=helpers)


async def test_the_main_agents_calls_are_decided_one_by_one(database_url: str, done: Done) -> None:
    async with conversing(database_url, main_agent(MAIL, DELETION)) as thread:
        (question,) = await thread.start(INPUT)

        left = await thread.resume(question.answer(APPROVE, REJECT))

        assert question.request.dialect == "langchain_batched"
        assert question.request.title == "2 actions: Send email, Delete file"
        assert (left, done) == ([], [SENT])


@pytest.mark.parametrize(
    ("decision", "effect"),
    [
        (APPROVE, [SENT]),
        (REJECT, []),
        (
            {"type": "edit", "args": {"to": "x", "subject": "s", "copies": 1}},
            [("send_email", {"to": "x", "subject": "s", "copies": 1})],
        ),
        ({"type": "respond", "message": "by hand"}, []),
    ],
)
async def test_a_sub_agents_question_is_answered_at_the_root(
    database_url: str, done: Done, decision: Any, effect: Done
) -> None:
    async with conversing(database_url, with_helpers(1)) as thread:
        (question,) = await thread.start(INPUT)

        left = await thread.resume(question.answer(decision))

        assert (left, done) == ([], effect)


async def test_parallel_sub_agents_that_ask_the_same_are_answered_differently(
    database_url: str, done: Done
) -> None:
    async with conversing(database_url, with_helpers(2)) as thread:
        first, second = await thread.start(INPUT)
        assert (first.id != second.id, first.request) == (True, second.request)
        edit = {"type": "edit", "args": {"to": "x", "subject": "s", "copies": 1}}

        left = await thread.resume(first.answer(REJECT), second.answer(edit))

        assert left == []
        assert done == [("send_email", {"to": "x", "subject": "s", "copies": 1})]


async def test_a_wrong_answer_to_one_of_them_leaves_both_to_be_answered(
    database_url: str, done: Done
) -> None:
    async with conversing(database_url, with_helpers(2)) as thread:
        first, second = await thread.start(INPUT)

        with pytest.raises(InvalidAnswer):
            first.answer(APPROVE, APPROVE)

        assert await thread.pending() == [first, second]
        assert await thread.resume(first.answer(APPROVE), second.answer(APPROVE)) == []
        assert done == [SENT, SENT]
