"""ag-ui-langgraph: what it makes of an interrupt and of an answer, against what we do."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, TypedDict

import pytest
from langgraph.graph import END, START, StateGraph
from langgraph.types import Interrupt, interrupt

from agents.dialects.request import InvalidAnswer
from tests.agents.dialects.libraries.conversation import conversing
from tests.agents.dialects.libraries.installed import library

agui = library("ag_ui_langgraph")
interrupts = library("ag_ui_langgraph.interrupts")

ASKED = {
    "reason": "approval",
    "message": "Send?",
    "tool_call_id": "call_1",
    "response_schema": {
        "type": "object",
        "properties": {"ok": {"type": "boolean"}},
        "required": ["ok"],
    },
    "expires_at": "2099-12-01T00:00:00Z",
}


class Values(TypedDict, total=False):
    received: Any


def graph() -> Any:
    def ask(values: Values) -> Values:
        return {"received": interrupt(ASKED)}

    built: Any = StateGraph(Values)
    built.add_node("ask", ask)
    built.add_edge(START, "ask")
    built.add_edge("ask", END)
    return built.compile()


def as_agui_resumes(status: str, *, id: str, payload: Any = None) -> Any:
    """The value ag-ui-langgraph itself would resume with."""
    entry = SimpleNamespace(status=status, interrupt_id=id, payload=payload)
    client = agui.LangGraphAgent(name="asks", graph=graph())
    return client._build_command_from_agui_resume([entry]).resume


async def test_the_question_says_what_the_library_says(database_url: str) -> None:
    async with conversing(database_url, graph()) as thread:
        (question,) = await thread.start({})
        theirs = interrupts.lg_interrupt_to_agui(Interrupt(value=ASKED, id=question.id))

        request = question.request
        assert (request.dialect, request.title, request.summary) == (
            "agui",
            theirs.message,
            theirs.reason,
        )
        assert request.actions[0].response_schema == theirs.response_schema
        assert request.deadline_seconds is not None


async def test_an_answer_reaches_the_node_as_from_the_library(database_url: str) -> None:
    async with conversing(database_url, graph()) as thread:
        (question,) = await thread.start({})

        await thread.resume(question.answer({"type": "respond", "value": {"ok": True}}))

        received = (await thread.values())["received"]
        assert received == as_agui_resumes("resolved", id=question.id, payload={"ok": True})


async def test_a_rejection_reaches_the_node_as_the_librarys_cancellation(
    database_url: str,
) -> None:
    async with conversing(database_url, graph()) as thread:
        (question,) = await thread.start({})

        await thread.resume(question.answer({"type": "reject"}))

        received = (await thread.values())["received"]
        assert received == as_agui_resumes("cancelled", id=question.id)


@pytest.mark.parametrize(
    "wrong", [{"type": "approve"}, {"type": "respond", "value": {"ok": "yes"}}]
)
async def test_after_a_wrong_answer_the_thread_can_still_be_answered(
    database_url: str, wrong: Any
) -> None:
    async with conversing(database_url, graph()) as thread:
        (question,) = await thread.start({})

        with pytest.raises(InvalidAnswer):
            question.answer(wrong)

        (still,) = await thread.pending()
        assert (still.id, still.request.actions) == (question.id, question.request.actions)
        assert await thread.resume(question.answer({"type": "reject"})) == []
