"""Rehearsing an agent, as its author would in a test."""

from typing import Any

import pytest
from langgraph.types import interrupt

from langvel.core.agent import Agent
from langvel.exceptions import InvalidDecision
from langvel.routing.builder import GraphBuilder
from langvel.state.base import StateModel
from langvel.testing import Pause, approve, edit, rehearse, reject


class Order(StateModel):
    total: int
    shipped: bool = False


class OrderAgent(Agent):
    state_model = Order
    checkpointer = "postgres"

    def build_graph(self) -> GraphBuilder:
        return (
            self.start()
            .then(self.price)
            .interrupt(title="Charge {total}", effect="Money moves", risk="high", deadline=60)
            .then(self.charge)
            .interrupt(editable=[])
            .then(self.ship)
            .end()
        )

    def price(self, state: Order) -> None:
        state.total += 1

    def charge(self, state: Order) -> None: ...

    def ship(self, state: Order) -> None:
        state.shipped = True


async def test_a_rehearsal_tells_what_was_asked_and_how_it_ended() -> None:
    done = await rehearse(OrderAgent, {"total": 9}, approve(by="bob"), approve("go", by="ann"))

    assert [(pause.node, pause.title) for pause in done.pauses] == [
        ("price", "Charge 10"),
        ("charge", "Ship"),
    ]
    assert (done.state.shipped, done.state.approved_by, done.waits) == (True, "ann", False)


async def test_a_pause_has_all_that_a_reviewer_sees() -> None:
    (pause,) = (await rehearse(OrderAgent(), {"total": 9}, waits=True)).pauses

    assert (pause.action, pause.args, pause.allowed) == (
        "charge",
        {"total": 10, "shipped": False},
        ("approve", "edit", "reject"),
    )
    assert (pause.effect, pause.risk, pause.deadline, pause.summary) == (
        "Money moves",
        "high",
        60,
        "",
    )
    assert pause.state["total"] == 10


async def test_edits_and_rejections_reach_the_agent() -> None:
    done = await rehearse(OrderAgent, {"total": 9}, edit(total=5), reject("too late"))

    assert (done.state.total, done.state.shipped) == (5, False)
    assert (done.state.rejected_by, done.state.rejection_reason) == ("tester", "too late")


async def test_an_answer_may_depend_on_the_question() -> None:
    def halve(pause: Pause) -> Any:
        return edit(total=pause.args["total"] // 2)

    done = await rehearse(OrderAgent, {"total": 9}, halve, None)

    assert (done.state.total, done.state.shipped) == (5, True)


async def test_state_may_be_set_in_answer() -> None:
    done = await rehearse(OrderAgent, {"total": 9}, {"approved": True, "total": 3}, approve())

    assert done.state.total == 3


async def test_a_question_nobody_expected_fails_by_its_title() -> None:
    with pytest.raises(AssertionError, match="'Ship' after charge"):
        await rehearse(OrderAgent, {"total": 9}, approve())


async def test_an_answer_nobody_asked_for_fails() -> None:
    with pytest.raises(AssertionError, match="1 answers left over"):
        await rehearse(OrderAgent, {"total": 9}, approve(), approve(), approve())


async def test_an_end_where_a_question_was_expected_fails() -> None:
    with pytest.raises(AssertionError, match="it ended"):
        await rehearse(OrderAgent, {"total": 9}, approve(), approve(), waits=True)


async def test_answers_are_checked_as_they_will_be() -> None:
    with pytest.raises(InvalidDecision):
        await rehearse(OrderAgent, {"total": 9}, approve(), edit(total=1))


class Plain(Agent):
    def build_graph(self) -> GraphBuilder:
        return self.start().then(self.name).end()

    def name(self, state: StateModel) -> None:
        state.metadata["name"] = interrupt("Your name?")


async def test_a_plain_interrupt_takes_any_value() -> None:
    done = await rehearse(Plain, {}, "Ann")

    assert (done.pauses[0].payload, done.state.metadata) == ("Your name?", {"name": "Ann"})
    with pytest.raises(AssertionError, match="plain interrupt has no title"):
        assert done.pauses[0].title


class Two(Agent):
    def build_graph(self) -> GraphBuilder:
        return (
            self.start()
            .parallel(self.left, self.right)
            .interrupt(self.left)
            .interrupt(self.right)
            .merge(self.last)
            .end()
        )

    def left(self, state: StateModel) -> None: ...

    def right(self, state: StateModel) -> None: ...

    def last(self, state: StateModel) -> None:
        state.metadata["done"] = True


async def test_questions_at_the_same_time_are_answered_in_order_of_their_steps() -> None:
    done = await rehearse(Two, {}, approve(), approve())

    assert [pause.node for pause in done.pauses] == ["left", "right"]
    assert done.state.metadata == {"done": True}
