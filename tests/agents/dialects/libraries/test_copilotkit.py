"""CopilotKit's own interrupt, in a graph by hand: what it answers is what the node acts on."""

from __future__ import annotations

import json
from typing import Any, TypedDict

import pytest
from langgraph.graph import END, START, StateGraph

from agents.dialects.request import InvalidAnswer
from tests.agents.dialects.libraries.conversation import conversing
from tests.agents.dialects.libraries.installed import library

copilotkit = library("copilotkit.langgraph")


class Values(TypedDict, total=False):
    answer: str
    response: Any


def graph(**asked: Any) -> Any:
    def ask(values: Values) -> Values:
        answer, response = copilotkit.copilotkit_interrupt(**asked)
        return {"answer": answer, "response": response}

    built: Any = StateGraph(Values)
    built.add_node("ask", ask)
    built.add_edge(START, "ask")
    built.add_edge("ask", END)
    return built.compile()


def respond(value: Any) -> dict[str, Any]:
    return {"type": "respond", "value": value}


@pytest.mark.parametrize(
    ("value", "answer"),
    [
        ("Oslo", "Oslo"),
        ({"city": "Oslo", "nights": 2}, json.dumps({"city": "Oslo", "nights": 2})),
        (5, "5"),
        (False, "False"),
    ],
)
async def test_a_message_is_answered_with_what_was_said(
    database_url: str, value: Any, answer: str
) -> None:
    async with conversing(database_url, graph(message="Which city?")) as thread:
        (question,) = await thread.start({})

        left = await thread.resume(question.answer(respond(value)))

        assert (question.request.dialect, question.request.title) == ("copilotkit", "Which city?")
        assert (left, await thread.values()) == ([], {"answer": answer, "response": value})


async def test_an_action_is_shown_as_one_and_answered_with_an_object(database_url: str) -> None:
    asked = graph(action="book_trip", args={"city": "Oslo"})
    async with conversing(database_url, asked) as thread:
        (question,) = await thread.start({})

        await thread.resume(question.answer(respond({"booked": True})))

        assert question.request.title == "Book trip Oslo"
        assert (await thread.values())["response"] == {"booked": True}


@pytest.mark.parametrize("wrong", [{"type": "approve"}, respond([]), respond(None)])
async def test_after_a_wrong_answer_the_thread_can_still_be_answered(
    database_url: str, wrong: Any
) -> None:
    async with conversing(database_url, graph(message="Which city?")) as thread:
        (question,) = await thread.start({})

        with pytest.raises(InvalidAnswer):
            question.answer(wrong)

        assert await thread.pending() == [question]
        assert await thread.resume(question.answer(respond("Oslo"))) == []
