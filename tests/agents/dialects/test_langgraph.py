"""Dialects of LangGraph itself, in real graphs: schemas, plain values, Agent Inbox, NodeInterrupt."""

from __future__ import annotations

import json
from typing import Any, TypedDict

import pytest
from langgraph.errors import NodeInterrupt
from langgraph.graph import END, START, StateGraph
from langgraph.types import interrupt
from pydantic import BaseModel, Field

from agents.dialects.request import InvalidAnswer
from tests.agents.dialects.asking import tell
from tests.agents.dialects.libraries.conversation import conversing

INBOX = {
    "action_request": {"action": "send_email", "args": {"to": "a@b.c", "count": 3}},
    "config": {
        "allow_accept": True,
        "allow_edit": True,
        "allow_ignore": True,
        "allow_respond": True,
    },
    "description": "**Look**",
}


class Verdict(BaseModel):
    approved: bool
    amount: float = Field(ge=0, le=100)


class Values(TypedDict, total=False):
    received: Any


def asks(value: Any, **given: Any) -> Any:
    def ask(values: Values) -> Values:
        answer = interrupt(value, **given)
        return {"received": answer.model_dump() if isinstance(answer, BaseModel) else answer}

    return chain(ask)


def chain(node: Any) -> Any:
    built: Any = StateGraph(Values)
    built.add_node("ask", node)
    built.add_edge(START, "ask")
    built.add_edge("ask", END)
    return built.compile()


def respond(value: Any) -> dict[str, Any]:
    return {"type": "respond", "value": value}


@pytest.mark.parametrize("asked", [None, "Name?", 7, 1.5, True, [], ["a"], {}, {"question": "?"}])
@pytest.mark.parametrize("value", [None, "", "x", 0, False, [], {}, {"a": [1, 2.5, None]}])
async def test_any_question_takes_any_value(database_url: str, asked: Any, value: Any) -> None:
    async with conversing(database_url, asks(asked)) as thread:
        (question,) = await thread.start({})

        left = await thread.resume(question.answer(respond(value)))

        assert (question.request.dialect, left) == ("plain", [])
        assert repr((await thread.values()).get("received")) == repr(value)


@pytest.mark.parametrize("schema", [Verdict, Verdict.model_json_schema()])
async def test_an_answer_fits_the_schema_of_the_question(database_url: str, schema: Any) -> None:
    async with conversing(database_url, asks({"title": "Pay"}, response_schema=schema)) as thread:
        (question,) = await thread.start({})

        with pytest.raises(InvalidAnswer) as refused:
            question.answer(respond({"approved": True, "amount": 500}))

        assert refused.value.errors == {"/0/value/amount": "This must be at most 100."}
        assert await thread.pending() == [question]
        await thread.resume(question.answer(respond({"approved": True, "amount": 5})))
        assert (await thread.values())["received"] == {"approved": True, "amount": 5}


@pytest.mark.parametrize("payload", [INBOX, [INBOX], json.dumps(INBOX), json.dumps([INBOX])])
@pytest.mark.parametrize(
    ("decision", "response"),
    [
        ({"type": "approve"}, {"type": "accept", "args": INBOX["action_request"]}),
        (
            {"type": "edit", "args": {"to": "x", "count": 4}},
            {"type": "edit", "args": {"action": "send_email", "args": {"to": "x", "count": 4}}},
        ),
        ({"type": "reject"}, {"type": "ignore", "args": None}),
        ({"type": "respond", "message": "later"}, {"type": "response", "args": "later"}),
    ],
)
async def test_an_agent_inbox_request_gets_a_list_of_one(
    database_url: str, payload: Any, decision: Any, response: Any
) -> None:
    async with conversing(database_url, asks(payload)) as thread:
        (question,) = await thread.start({})

        await thread.resume(question.answer(decision))

        assert (await thread.values())["received"] == [response]


@pytest.mark.filterwarnings("ignore:NodeInterrupt is deprecated")
async def test_a_node_interrupt_is_no_question_that_could_be_answered(database_url: str) -> None:
    def stop(values: Values) -> Values:
        raise NodeInterrupt("the input is too long")

    async with conversing(database_url, chain(stop)) as thread:
        (question,) = await thread.start({"received": "long"})

        assert question.request.dialect == "node_interrupt"
        assert question.request.title == "the input is too long"
        edit = {"type": "edit", "args": {"received": "short"}}
        assert tell(question.request, edit) == {"update": {"received": "short"}}
