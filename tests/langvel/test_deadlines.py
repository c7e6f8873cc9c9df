"""How long a question may wait, and what is said about afterwards: checked when it is written."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import START, StateGraph

from langvel.core.agent import Agent
from langvel.core.review import ask
from langvel.exceptions import GraphInvalid
from langvel.routing.builder import GraphBuilder
from langvel.state.base import StateModel

DAY = timedelta(hours=24)


class Payment(Agent):
    checkpointer = "memory"
    state_model = StateModel
    asked: dict[str, Any] = {}

    def build_graph(self) -> GraphBuilder:
        return self.start().then(self.plan).interrupt(**self.asked).then(self.pay).end()

    def plan(self, state: StateModel) -> None: ...

    def pay(self, state: StateModel) -> None: ...


class Patient(Payment):
    deadline = DAY
    on_timeout = "reject"


class Described(Patient):
    def describe_review(self, state: Any, node: str) -> dict[str, Any]:
        return {"deadline": 60, "on_timeout": "escalate"}


async def question(agent: Payment, **asked: Any) -> tuple[Any, Any]:
    agent.asked = asked
    graph = agent.compile(InMemorySaver())
    config: Any = {"configurable": {"thread_id": "one"}}
    await graph.ainvoke(agent.prepare_input({}), config)
    payload = (await graph.aget_state(config)).interrupts[0].value
    return payload["deadline"], payload["on_timeout"]


async def test_a_gate_carries_its_deadline_and_what_happens_then() -> None:
    assert await question(Payment(), deadline=DAY, on_timeout="reject") == (86_400, "reject")


async def test_without_one_a_question_waits_for_ever() -> None:
    assert await question(Payment()) == (None, None)


async def test_an_agents_own_deadline_holds_for_a_gate_that_says_nothing() -> None:
    assert await question(Patient()) == (86_400, "reject")


async def test_a_gate_says_otherwise_in_whole_or_in_part() -> None:
    assert await question(Patient(), deadline=5) == (5, "reject")
    assert await question(Patient(), on_timeout="keep") == (86_400, "keep")


async def test_describe_review_comes_between_the_two() -> None:
    assert await question(Described()) == (60, "escalate")
    assert await question(Described(), on_timeout="keep") == (60, "keep")


@pytest.mark.parametrize("deadline", [0, -5, timedelta(0), float("nan"), float("inf"), "1 day"])
def test_what_is_no_time_to_wait_is_refused_when_the_graph_is_built(deadline: Any) -> None:
    agent = Payment()
    agent.asked = {"deadline": deadline}

    with pytest.raises(GraphInvalid, match="must be a time to wait"):
        agent.compile()


@pytest.mark.parametrize("on_timeout", ["approve", "Reject", "", 1])
def test_no_agent_can_be_built_that_approves_by_silence(on_timeout: Any) -> None:
    agent = Payment()
    agent.asked = {"deadline": 5, "on_timeout": on_timeout}

    with pytest.raises(GraphInvalid, match=r"must be one of .*'keep', 'reject', 'escalate'"):
        agent.compile()


@pytest.mark.parametrize(
    ("name", "value"), [("on_timeout", "approve"), ("deadline", timedelta(-1))]
)
def test_an_agents_own_deadline_is_checked_when_its_graph_is_built(name: str, value: Any) -> None:
    agent = Patient()
    setattr(agent, name, value)

    with pytest.raises(GraphInvalid, match=f"Patient\\({name}="):
        agent.compile()


async def asked(**request: Any) -> dict[str, Any]:
    """The payload of a node that asks this."""

    def node(state: dict[str, Any]) -> None:
        ask({"title": "Pay?", **request})

    graph = StateGraph(dict).add_node("node", node).add_edge(START, "node")
    config: Any = {"configurable": {"thread_id": "one"}}
    compiled = graph.compile(checkpointer=InMemorySaver())
    await compiled.ainvoke({}, config)
    return dict((await compiled.aget_state(config)).interrupts[0].value)


async def test_ask_carries_a_deadline_in_either_form() -> None:
    whole = await asked(deadline=DAY, on_timeout="escalate")

    assert (whole["deadline"], whole["on_timeout"]) == (86_400, "escalate")
    assert (await asked(deadline=5.5))["deadline"] == 5.5


async def test_ask_refuses_what_nobody_could_do_at_the_deadline() -> None:
    with pytest.raises(GraphInvalid, match="on_timeout='approve'"):
        await asked(deadline=5, on_timeout="approve")
    with pytest.raises(GraphInvalid, match="deadline=0"):
        await asked(deadline=0)
