"""Consent: an answer counts for the question it was given to."""

import subprocess
import sys
from pathlib import Path
from typing import Any, TypedDict

import pytest
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import END, START, StateGraph
from langgraph.types import Command, Interrupt

from langvel.core.agent import Agent
from langvel.core.digest import digest_of
from langvel.core.review import answer_to, ask
from langvel.exceptions import InvalidDecision, StaleApproval
from langvel.routing.builder import GraphBuilder
from langvel.state.base import StateModel

ROOT = Path(__file__).parents[2]
CONFIG: Any = {"configurable": {"thread_id": "1"}}


class Values(TypedDict, total=False):
    done: list[str]


class Paying:
    """A plain LangGraph graph whose one node asks twice."""

    def __init__(self, *requests: Any) -> None:
        self.requests = list(requests)
        self.decisions: list[Any] = []
        graph: Any = StateGraph(Values)
        graph.add_node("pay", self.pay)
        graph.add_edge(START, "pay")
        graph.add_edge("pay", END)
        self.graph = graph.compile(checkpointer=InMemorySaver())

    async def pay(self, values: Values) -> Values:
        self.decisions = [ask(request) for request in self.requests]
        return {"done": [decision.type for decision in self.decisions]}

    async def start(self) -> Interrupt:
        return (await self.graph.ainvoke({}, CONFIG))["__interrupt__"][0]

    async def answer(self, question: Interrupt, decision: Any) -> dict[str, Any]:
        return await self.graph.ainvoke(Command(resume={question.id: decision}), CONFIG)


INVOICE = {"title": "Pay Ann", "action": "pay", "args": {"amount": 100}, "vendor": "Ann"}


async def test_a_plain_node_gets_the_decision_and_the_args_as_approved() -> None:
    paying = Paying(INVOICE)
    question = await paying.start()

    await paying.answer(
        question, answer_to(question, {"type": "edit", "args": {"amount": 90}, "by": "bob"})
    )

    (decision,) = paying.decisions
    assert (decision.approved, decision.args, decision.by) == (True, {"amount": 90}, "bob")


async def test_a_question_speaks_as_a_gate_does() -> None:
    payload = (await Paying(INVOICE).start()).value

    assert {key: payload[key] for key in ("langvel", "node", "title", "allowed", "state")} == {
        "langvel": 1,
        "node": "pay",
        "title": "Pay Ann",
        "allowed": ["approve", "edit", "reject"],
        "state": {"vendor": "Ann"},
    }
    assert payload["action"] == {
        "name": "pay",
        "args": {"amount": 100},
        "schema": {
            "type": "object",
            "properties": {"amount": {"type": "integer"}},
            "additionalProperties": False,
        },
    }


async def test_a_sentence_is_a_question() -> None:
    paying = Paying("Drop the table?")
    question = await paying.start()

    await paying.answer(question, answer_to(question, {"type": "reject", "message": "no"}))

    assert question.value["allowed"] == ["approve", "reject"]
    assert (paying.decisions[0].approved, paying.decisions[0].message) == (False, "no")


async def test_an_answer_sent_again_does_not_answer_the_next_question() -> None:
    paying = Paying("Pay 1 EUR?", "Pay 1000 EUR?")
    first = await paying.start()
    yes = answer_to(first, {"type": "approve"})
    await paying.answer(first, yes)

    with pytest.raises(StaleApproval, match="reads differently"):
        await paying.answer(first, yes)

    assert paying.decisions == []


async def test_an_answer_to_nobody_knows_which_question_is_refused() -> None:
    paying = Paying("Pay?")
    question = await paying.start()

    with pytest.raises(StaleApproval, match="does not say"):
        await paying.answer(question, {"type": "approve"})


@pytest.mark.parametrize("answer", [None, True, "approve", {}, [{"type": "approve"}]])
async def test_what_is_no_decision_never_approves(answer: Any) -> None:
    paying = Paying("Pay?")
    question = await paying.start()

    with pytest.raises(StaleApproval):
        await paying.answer(question, answer)


async def test_an_answer_bound_to_another_question_cannot_be_made() -> None:
    first, second = await Paying("Pay Ann?").start(), await Paying("Pay Bob?").start()

    with pytest.raises(StaleApproval):
        answer_to(second, answer_to(first, {"type": "approve"}))


class Asking(Agent):
    words: Any = {}
    effects: list[Any] = []

    def build_graph(self) -> GraphBuilder:
        return self.start().then(self.plan).interrupt(summary=self.word).then(self.act).end()

    def plan(self, state: StateModel) -> None: ...

    def word(self, state: StateModel) -> str:
        return str(self.words["summary"])

    def act(self, state: StateModel) -> None:
        self.effects.append(self.words["summary"])


def asking() -> Asking:
    kind = type("Made", (Asking,), {"checkpointer": InMemorySaver()})
    kind.words, kind.effects = {"summary": "1 EUR"}, []
    return kind()


async def test_a_gate_refuses_an_answer_once_its_question_reads_differently(
    thread: Any, pause: Any
) -> None:
    agent = asking()
    await pause(agent, {}, thread)
    agent.words["summary"] = "1000 EUR"

    with pytest.raises(StaleApproval):
        await agent.resume(thread, {"type": "approve"})

    assert agent.effects == []


async def test_a_refused_answer_leaves_the_question_asked_anew(thread: Any, pause: Any) -> None:
    agent = asking()
    await pause(agent, {}, thread)
    agent.words["summary"] = "1000 EUR"
    with pytest.raises(StaleApproval):
        await agent.resume(thread, {"type": "approve"})

    again = agent.get_state(thread)
    await agent.resume(thread, {"type": "approve"})

    assert (again.status, again.interrupts[0].value["summary"]) == ("paused", "1000 EUR")
    assert agent.effects == ["1000 EUR"]


async def test_a_digest_of_another_question_is_refused_before_it_reaches_the_gate(
    thread: Any, pause: Any
) -> None:
    agent = asking()
    await pause(agent, {}, thread)

    with pytest.raises(StaleApproval):
        await agent.resume(thread, {"type": "approve", "digest": "of another"})

    assert agent.get_state(thread).status == "paused"


class Inside(Agent):
    checkpointer = "memory"

    def build_graph(self) -> GraphBuilder:
        return self.start().then(self.pay).end()

    def pay(self, state: StateModel) -> None:
        state.metadata["paid"] = ask({"title": "Pay", "args": {"amount": 1}}).args


async def test_a_step_may_ask_for_itself(thread: Any, pause: Any) -> None:
    paused = await pause(Inside(), {}, thread)

    result = await Inside().resume(thread, {"type": "edit", "args": {"amount": 2}})

    assert (paused.next, result.metadata) == (("pay",), {"paid": {"amount": 2}})


@pytest.mark.parametrize("answer", [None, {"metadata": {"paid": 1}}])
async def test_a_step_that_asks_is_never_answered_by_the_state(
    answer: Any, thread: Any, pause: Any
) -> None:
    await pause(Inside(), {}, thread)

    with pytest.raises(InvalidDecision):
        await Inside().resume(thread, answer)

    assert Inside().get_state(thread).status == "paused"


def test_the_digest_is_of_what_is_shown() -> None:
    shown = {"title": "Pay", "action": {"name": "pay", "args": {"tags": ["a", "b"]}, "schema": {}}}
    same = {
        "action": {"args": {"tags": ["b", "a"]}, "schema": {"type": "object"}, "name": "pay"},
        "title": "Pay",
        "deadline": 5,
    }

    assert digest_of(shown) == digest_of(same)
    assert digest_of(shown) != digest_of({**shown, "title": "Pay all"})
    assert digest_of({"a": [1, "1"]}) != digest_of({"a": [1, 1]})


def test_the_digest_is_the_same_in_every_process() -> None:
    code = (
        "from langvel.core.digest import digest_of; print(digest_of({'t': list({'a', 'b', 'c'})}))"
    )

    said = {subprocess.check_output([sys.executable, "-c", code], cwd=ROOT) for _ in range(4)}

    assert len(said) == 1
