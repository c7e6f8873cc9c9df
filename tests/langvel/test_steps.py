"""What a step may be, and what of its work is written."""

import functools
import operator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID, uuid4

import pytest
from langchain_core.messages import AIMessage, HumanMessage, RemoveMessage
from pydantic import BaseModel, Field, ValidationError

from langvel.core.agent import Agent
from langvel.exceptions import InvalidNodeResult, UnknownBranch, UnknownField
from langvel.routing.builder import GraphBuilder
from langvel.state.base import StateModel


class Point(BaseModel):
    x: int = 0


@dataclass
class Size:
    width: int


class Work(StateModel):
    id: UUID = Field(default_factory=uuid4)
    name: str = ""
    other: str = ""
    price: Decimal = Decimal(0)
    deep: dict[str, Any] = {}
    points: list[Point] = []
    size: Size | None = None
    log: Annotated[list[str], operator.add] = []
    count: Annotated[int, operator.add] = 0
    tags: Annotated[set[str], operator.or_] = set()
    flags: Annotated[dict[str, Any], operator.or_] = {}


class WorkAgent(Agent):
    state_model = Work
    steps: tuple[Any, ...] = ()

    def build_graph(self) -> GraphBuilder:
        graph = self.start()
        for step in self.steps:
            graph = graph.then(step)
        return graph.end()


async def run(*steps: Any, saver: Any = None, **values: Any) -> Any:
    agent = type("Running", (WorkAgent,), {"checkpointer": saver})()
    agent.steps = steps
    return await agent.invoke(values, {"configurable": {"thread_id": uuid4().hex}})


def sync_function(state: Work) -> Work:
    state.name = "sync"
    return state


async def async_function(state: Work) -> dict[str, Any]:
    return {"name": "async"}


class Callable:
    async def __call__(self, state: Work) -> None:
        state.name = "object"

    @staticmethod
    def static(state: Work) -> None:
        state.name = "static"

    def method(self, state: Work) -> None:
        state.name = "method"


def with_argument(word: str, state: Work) -> None:
    state.name = word


@pytest.mark.parametrize(
    ("step", "name"),
    [
        (sync_function, "sync"),
        (async_function, "async"),
        (Callable(), "object"),
        (Callable.static, "static"),
        (Callable().method, "method"),
        (functools.partial(with_argument, "partial"), "partial"),
        (lambda state: state.update(name="lambda"), "lambda"),
        (lambda state: {"name": "dict"}, "dict"),
        (lambda state: async_function(state), "async"),
        (lambda state: state.model_copy(update={"name": "copy"}), "copy"),
    ],
)
async def test_a_step_may_be_any_callable(step: Any, name: str) -> None:
    assert (await run(step)).name == name


async def test_two_lambdas_are_two_steps() -> None:
    result = await run(lambda s: s.update(name="a"), lambda s: s.update(other=s.name + "b"))

    assert (result.name, result.other) == ("a", "ab")


async def test_changes_in_place_count_nested_ones_too(saver: str) -> None:
    def fill(state: Work) -> None:
        state.deep["list"] = [1]
        state.points.append(Point(x=1))

    def change(state: Work) -> None:
        state.deep["list"].append(2)
        state.points[0].x = 5
        state.messages.append(HumanMessage("hello"))

    result = await run(fill, change, saver=saver)

    assert (result.deep, result.points) == ({"list": [1, 2]}, [Point(x=5)])
    assert [message.content for message in result.messages] == ["hello"]


async def test_a_default_factory_is_drawn_once(saver: str) -> None:
    seen: list[UUID] = []

    await run(lambda s: seen.append(s.id), lambda s: seen.append(s.id), saver=saver)

    assert len(set(seen)) == 1


async def test_values_keep_their_types_across_a_checkpoint(saver: str) -> None:
    def fill(state: Work) -> None:
        state.price = Decimal("1.10")
        state.size = Size(3)
        state.points = [Point(x=2)]
        state.context["when"] = datetime(2026, 1, 1)

    result = await run(fill, lambda s: None, saver=saver)

    assert (result.price, result.size, result.points) == (Decimal("1.10"), Size(3), [Point(x=2)])
    assert result.context == {"when": datetime(2026, 1, 1)}


@pytest.mark.parametrize("returns", [True, False])
async def test_reducer_fields_never_double(saver: str, returns: bool) -> None:
    def add(state: Work) -> Work | None:
        state.log.append("x")
        state.count += 2
        state.tags.add("t")
        state.flags["f"] = 1
        state.add_message("user", "hi")
        return state if returns else None

    def look(state: Work) -> Work | None:
        state.name = "seen"
        return state if returns else None

    result = await run(
        add, look, lambda s: add(s), lambda s: look(s), saver=saver, log=["0"], count=1
    )

    assert (result.log, result.count) == (["0", "x", "x"], 5)
    assert (result.tags, result.flags) == ({"t"}, {"f": 1})
    assert [message.content for message in result.messages] == ["hi", "hi"]


async def test_a_dict_adds_to_a_reducer_field_as_langgraph_has_it() -> None:
    result = await run(lambda s: {"log": ["a"]}, lambda s: {"log": ["a"], "count": 1})

    assert (result.log, result.count) == (["a", "a"], 1)


async def test_an_equal_addition_is_still_an_addition() -> None:
    result = await run(lambda s: {"count": 1}, lambda s: {"count": 1}, lambda s: {"count": 2})

    assert result.count == 4


async def test_a_change_in_place_and_an_addition_both_count() -> None:
    def both(state: Work) -> dict[str, Any]:
        state.log.append("in place")
        return {"log": ["returned"]}

    assert (await run(both, log=["0"])).log == ["0", "in place", "returned"]


async def test_messages_may_be_declared_anew() -> None:
    class Plain(StateModel):
        messages: list[str] = []  # type: ignore[assignment]

    class PlainAgent(WorkAgent):
        state_model = Plain
        steps = (lambda s: s.messages.append("two"),)

    assert (await PlainAgent().invoke({"messages": ["one"]})).messages == ["one", "two"]


@pytest.mark.parametrize(
    "step",
    [
        lambda s: {"log": s.log},
        lambda s: dict(s),
        lambda s: s.to_dict(),
        lambda s: s.log.append("b") or {"log": s.log},
    ],
    ids=["own list", "dict(state)", "dump", "own list, longer"],
)
async def test_handing_back_the_whole_value_does_not_double_it(step: Any) -> None:
    result = await run(step, log=["a"])

    assert result.log[:1] == ["a"] and result.log.count("a") == 1


async def test_a_reducer_field_can_shrink_and_be_replaced() -> None:
    def shrink(state: Work) -> None:
        state.log.pop()
        state.count = 0
        state.messages = [AIMessage("only")]

    result = await run(lambda s: s.add_message("user", "x"), shrink, log=["a", "b"], count=3)

    assert (result.log, result.count) == (["a"], 0)
    assert [message.content for message in result.messages] == ["only"]


async def test_a_message_can_be_removed_by_id() -> None:
    result = await run(
        lambda s: {"messages": [HumanMessage("a", id="1"), HumanMessage("b", id="2")]},
        lambda s: {"messages": [RemoveMessage(id="1")]},
    )

    assert [message.content for message in result.messages] == ["b"]


async def test_one_and_true_are_different_values() -> None:
    result = await run(lambda s: s.deep.update(a=True), deep={"a": 1, "b": [1]})

    assert result.deep["a"] is True


async def test_parallel_steps_that_touch_different_fields_do_not_collide(saver: str) -> None:
    class Fan(WorkAgent):
        checkpointer = saver

        def build_graph(self) -> GraphBuilder:
            return self.start().parallel(self.one, self.two).merge(self.both).end()

        async def one(self, state: Work) -> Work:
            state.name = "one"
            state.log.append("one")
            return state

        async def two(self, state: Work) -> Work:
            state.other = "two"
            state.log.append("two")
            return state

        def both(self, state: Work) -> None:
            state.context["joined"] = state.name + state.other

    result = await Fan().invoke({}, {"configurable": {"thread_id": uuid4().hex}})

    assert (result.context, sorted(result.log)) == ({"joined": "onetwo"}, ["one", "two"])


async def test_a_wrong_value_fails_in_the_step_that_set_it() -> None:
    with pytest.raises(ValidationError):
        await run(lambda s: s.update(price="much"))


async def test_an_unknown_field_fails_in_the_step_that_set_it() -> None:
    with pytest.raises(UnknownField):
        await run(lambda s: {"nmae": "x"})
    with pytest.raises(UnknownField):
        await run(lambda s: s.update(nmae="x"))
    with pytest.raises(ValueError, match="nmae"):
        await run(lambda s: setattr(s, "nmae", "x"))


async def test_other_results_are_refused() -> None:
    with pytest.raises(InvalidNodeResult):
        await run(lambda s: "done")


async def test_an_unknown_branch_lists_the_keys() -> None:
    class Branching(WorkAgent):
        def build_graph(self) -> GraphBuilder:
            graph = self.start().then(lambda s: s.set_next("hihg"))
            return graph.branch({"high": sync_function, "low": async_function}).end()

    with pytest.raises(UnknownBranch, match=r"'hihg'.*'high', 'low'"):
        await Branching().invoke({})


async def test_a_branch_runs_only_what_was_chosen_and_merge_runs_once() -> None:
    class Branching(WorkAgent):
        def build_graph(self) -> GraphBuilder:
            graph = self.start().then(lambda s: s.set_next("low"))
            graph = graph.branch({"high": sync_function, "low": async_function})
            return graph.merge(lambda s: {"log": [s.name]}).end()

    assert (await Branching().invoke({})).log == ["async"]
