"""A plain graph that asks with langvel's `ask`, run as the site runs it."""

from __future__ import annotations

from typing import Any, TypedDict

from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import END, START, StateGraph

from agents import dialects
from agents.adapters import adapt
from agents.dialects.request import Reviewer
from agents.outcome import Failed, Finished, Paused
from agents.runner import RunConfig, Thread
from langvel.core.review import ask

BY = Reviewer(name="bob", at="2026-11-23T10:00:00+00:00")


class Values(TypedDict, total=False):
    paid: int


async def pay(values: Values) -> Values:
    ask("Shall we pay at all?")
    decision = ask({"title": "Pay Ann", "action": "pay", "args": {"amount": 100}, "risk": "high"})
    return {"paid": decision.args["amount"] if decision.args else 0}


def thread() -> Thread:
    graph: Any = StateGraph(Values)
    graph.add_node("pay", pay)
    graph.add_edge(START, "pay")
    graph.add_edge("pay", END)
    return Thread(adapt("pay", graph), RunConfig(thread_id="1"), InMemorySaver())


def answer(question: Any, decision: Any) -> dict[str, Any]:
    request = question.request
    value = dialects.answer(
        request.dialect,
        actions=[action.as_json() for action in request.actions],
        decisions=[decision],
        by=BY,
        payload=request.payload,
    )
    return {question.interrupt_id: value}


async def test_a_plain_graph_asks_in_the_words_of_a_gate_and_gets_the_decision() -> None:
    running = thread()
    first = await running.start({})
    assert isinstance(first, Paused)
    second = await running.resume(answer(first.questions[0], {"type": "approve"}))
    assert isinstance(second, Paused)
    (question,) = second.questions

    done = await running.resume(answer(question, {"type": "edit", "args": {"amount": 90}}))

    assert (question.request.title, question.request.risk) == ("Pay Ann", "high")
    assert isinstance(done, Finished)
    assert done.state == {"paid": 90}


async def test_the_answer_to_the_first_question_is_refused_by_the_second() -> None:
    running = thread()
    first = await running.start({})
    assert isinstance(first, Paused)
    approval = answer(first.questions[0], {"type": "approve"})
    second = await running.resume(approval)
    assert isinstance(second, Paused)

    refused = await running.resume(
        {second.questions[0].interrupt_id: next(iter(approval.values()))}
    )

    assert isinstance(refused, Failed)
    assert refused.error.type == "StaleApproval"
