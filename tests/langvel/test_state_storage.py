"""What a checkpoint can't hold, and what parallel branches can't both write, is said by field."""

import threading
from datetime import UTC, date, datetime, timedelta, timezone
from enum import Enum, StrEnum
from typing import Any

import pytest
from pydantic import BaseModel

from langvel.core.agent import Agent
from langvel.exceptions import FieldConflict, NotStorable, WorkflowPaused
from langvel.routing.builder import GraphBuilder
from langvel.state.base import StateModel


class Level(Enum):
    LOW = 1
    HIGH = 2


class Colour(StrEnum):
    RED = "red"


class Item(BaseModel):
    name: str
    tags: list[str] = []
    level: Level = Level.LOW


class Stock(StateModel):
    naive: datetime = datetime(2026, 1, 2, 3, 4)
    aware: datetime = datetime(2026, 1, 2, 3, 4, tzinfo=UTC)
    day: date = date(2026, 1, 2)
    level: Level = Level.LOW
    colour: Colour = Colour.RED
    item: Item = Item(name="a")
    items: list[Item] = []
    text: str = ""
    number: int = 0
    anything: Any = None


class Keeping(Agent):
    state_model = Stock
    step: Any = None

    def build_graph(self) -> GraphBuilder:
        return self.start().then(type(self).step, name="step").interrupt().then(self.last).end()

    def last(self, state: Stock) -> None: ...


def keeping(step: Any, saver: Any) -> Keeping:
    made: Keeping = type("K", (Keeping,), {"step": staticmethod(step), "checkpointer": saver})()
    return made


async def test_times_enums_and_models_come_back_as_they_went(saver: str, thread: Any) -> None:
    east = datetime(2026, 5, 6, 7, 8, tzinfo=timezone(timedelta(hours=2)))

    def fill(state: Stock) -> None:
        state.naive, state.aware = datetime(2026, 5, 6), east
        state.day, state.level = date(2026, 5, 6), Level.HIGH
        state.items.append(Item(name="b", level=Level.HIGH))

    agent = keeping(fill, saver)
    with pytest.raises(WorkflowPaused):
        await agent.invoke({}, thread)
    result = await agent.resume(thread)

    assert (result.naive, result.naive.tzinfo) == (datetime(2026, 5, 6), None)
    assert (result.aware, result.aware.utcoffset()) == (east, timedelta(hours=2))
    assert (result.day, result.level, result.colour) == (date(2026, 5, 6), Level.HIGH, Colour.RED)
    assert result["items"] == [Item(name="b", level=Level.HIGH)]


async def test_changes_deep_inside_a_model_are_seen(saver: str, thread: Any) -> None:
    def change(state: Stock) -> None:
        state.item.tags.append("new")
        state.item.level = Level.HIGH

    with pytest.raises(WorkflowPaused) as paused:
        await keeping(change, saver).invoke({}, thread)

    assert paused.value.state.item == Item(name="a", tags=["new"], level=Level.HIGH)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("anything", threading.Lock()),
        ("anything", {"deep": [lambda: None]}),
        ("anything", Item),
        ("context", {"connection": threading.Event()}),
        ("text", "a\x00b"),
        ("text", "\ud800"),
        ("item", Item(name="a\x00")),
        ("number", 2**64),
    ],
    ids=["lock", "lambda", "class", "context", "nul", "surrogate", "nested nul", "big int"],
)
async def test_a_value_that_can_not_be_stored_is_an_error_naming_the_field(
    saver: str, thread: Any, field: str, value: Any
) -> None:
    with pytest.raises(NotStorable, match=f"Field '{field}' can't be stored"):
        await keeping(lambda state: {field: value}, saver).invoke({}, thread)


UNSTORABLE = [("anything", threading.Lock()), ("text", "a\x00b"), ("number", 2**64)]


@pytest.mark.parametrize(("field", "value"), UNSTORABLE, ids=["lock", "nul", "big int"])
async def test_an_input_that_can_not_be_stored_starts_nothing(
    saver: str, thread: Any, field: str, value: Any
) -> None:
    agent = keeping(nothing, saver)

    with pytest.raises(NotStorable, match=f"Field '{field}'"):
        await agent.invoke({field: value}, thread)

    assert agent.get_state(thread).status == "unknown"


@pytest.mark.parametrize(("field", "value"), UNSTORABLE, ids=["lock", "nul", "big int"])
async def test_an_update_that_can_not_be_stored_changes_nothing(
    saver: str, thread: Any, pause: Any, field: str, value: Any
) -> None:
    agent = keeping(nothing, saver)
    await pause(agent, {}, thread)
    before = agent.get_state(thread)

    with pytest.raises(NotStorable, match=f"Field '{field}'"):
        agent.update_state(thread, {"colour": Colour.RED, field: value})
    with pytest.raises(NotStorable, match=f"Field '{field}'"):
        await agent.resume(thread, {"colour": Colour.RED, field: value})

    assert (agent.get_state(thread), agent.get_state(thread).status) == (before, "paused")


async def test_an_edit_that_can_not_be_stored_never_reaches_the_gate(
    saver: str, thread: Any, pause: Any
) -> None:
    agent = keeping(nothing, saver)
    await pause(agent, {}, thread)

    with pytest.raises(NotStorable, match="Field 'text'"):
        await agent.resume(thread, {"type": "edit", "args": {"text": "a\x00"}})

    result = await agent.resume(thread, {"type": "edit", "args": {"text": "fine"}})
    assert (result.text, result.approved) == ("fine", True)


async def test_a_run_that_is_not_stored_may_carry_anything() -> None:
    lock = threading.Event()

    class Unsaved(Agent):
        state_model = Stock

        def build_graph(self) -> GraphBuilder:
            return self.start().then(lambda state: {"number": 2**70}).end()

    assert (await Unsaved().invoke({"text": "x"})).number == 2**70
    assert not lock.is_set()


def number(state: Stock) -> None:
    state.number += 1


def more(state: Stock) -> None:
    state.number += 2


def text(state: Stock) -> None:
    state.text += "t"


def nothing(state: Stock) -> None: ...


def idle(state: Stock) -> None: ...


class Forked(Agent):
    state_model = Stock
    arms: Any = ()

    def build_graph(self) -> GraphBuilder:
        return self.start().parallel(*type(self).arms()).merge(nothing).end()


def forked(saver: str, *arms: Any) -> Forked:
    made: Forked = type(
        "F",
        (Forked,),
        {"arms": staticmethod(lambda: [arm() for arm in arms]), "checkpointer": saver},
    )()
    return made


CONFLICT = "both wrote the field 'number'"


async def test_parallel_steps_that_write_one_field_are_told_its_name(
    saver: str, thread: Any
) -> None:
    with pytest.raises(FieldConflict, match=CONFLICT):
        await forked(saver, lambda: number, lambda: more).invoke({}, thread)


async def test_it_does_not_matter_when_the_branches_write_it(saver: str, threads: Any) -> None:
    late = forked(
        saver,
        lambda: GraphBuilder().then(text).then(more).end(),
        lambda: number,
    )
    inner = forked(
        saver,
        lambda: GraphBuilder().parallel(GraphBuilder().then(text).then(more), idle).end(),
        lambda: GraphBuilder().then(number),
    )

    for agent in (late, inner):
        with pytest.raises(FieldConflict, match=CONFLICT):
            await agent.invoke({}, threads())


async def test_a_branch_may_write_a_field_as_often_as_it_likes(saver: str, thread: Any) -> None:
    agent = forked(
        saver,
        lambda: GraphBuilder().loop(number, lambda state: state.number < 3).then(more).end(),
        lambda: GraphBuilder().then(text).then(text, name="again").end(),
    )

    result = await agent.invoke({}, thread)
    again = await agent.invoke({"number": 0}, thread)

    assert (result.number, result.text, again.number) == (5, "tt", 5)
