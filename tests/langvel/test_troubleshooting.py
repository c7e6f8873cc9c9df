"""The guide's troubleshooting: each wrong set-up it names is told the remedy it gives."""

from collections.abc import Callable
from typing import Any

import pytest

from langvel.checkpointers.database import Pool
from langvel.core.agent import Agent
from langvel.exceptions import (
    CheckpointerRequired,
    CheckpointerUnreachable,
    MemoryIsVolatile,
    MissingThreadId,
    NotPaused,
    NotStorable,
    UnknownField,
    UnknownThread,
    WorkflowPaused,
)
from langvel.routing.builder import GraphBuilder
from langvel.state.base import StateModel


class Request(StateModel):
    query: str = ""
    done: bool = False


class Asking(Agent):
    state_model = Request

    def build_graph(self) -> GraphBuilder:
        return self.start().then(self.look).interrupt().then(self.act).end()

    def look(self, state: Request) -> None: ...

    def act(self, state: Request) -> None:
        state.done = True


def asking(checkpointer: Any, kind: type[Agent] = Asking) -> Agent:
    made: Agent = type("Made", (kind,), {"checkpointer": checkpointer})()
    return made


@pytest.fixture
async def paused(saver: str, thread: Any) -> Agent:
    agent = asking(saver)
    with pytest.raises(WorkflowPaused):
        await agent.invoke({}, thread)
    return agent


# Interrupt not working: 1. Check checkpointer is configured


async def test_without_a_checkpointer_one_is_asked_for(thread: Any) -> None:
    with pytest.raises(CheckpointerRequired, match="set checkpointer = 'postgres'"):
        await asking(None).invoke({}, thread)


def test_the_graph_can_be_asked_beforehand() -> None:
    (fault,) = asking(None).build_graph().validate()

    assert "set checkpointer = 'postgres'" in fault


async def test_a_misspelt_checkpointer_lists_those_there_are(thread: Any) -> None:
    with pytest.raises(
        CheckpointerRequired, match="'postgress': use 'memory', 'postgres', 'redis'"
    ):
        await asking("postgress").invoke({}, thread)


async def test_what_is_no_saver_is_said_to_be_none(thread: Any) -> None:
    with pytest.raises(CheckpointerRequired, match="is no LangGraph checkpoint saver"):
        await asking(object()).invoke({}, thread)


async def test_memory_works_and_says_what_to_use_instead(thread: Any) -> None:
    with pytest.warns(MemoryIsVolatile, match="Use 'postgres'"), pytest.raises(WorkflowPaused):
        await asking("memory").invoke({}, thread)


@pytest.mark.parametrize(
    ("name", "variable"), [("postgres", "DATABASE_URL"), ("redis", "REDIS_URL")]
)
async def test_a_checkpointer_without_an_address_names_its_variable(
    monkeypatch: pytest.MonkeyPatch, thread: Any, name: str, variable: str
) -> None:
    monkeypatch.delenv(variable, raising=False)

    with pytest.raises(CheckpointerRequired, match=variable):
        await asking(name).invoke({}, thread)


# 2. Verify thread_id is provided

NO_THREAD: list[Any] = [
    None,
    {},
    {"configurable": {}},
    {"configurable": {"thread_id": ""}},
    {"thread_id": "beside configurable"},
]


@pytest.mark.parametrize("config", NO_THREAD, ids=repr)
async def test_without_a_thread_id_the_config_is_shown(saver: str, config: Any) -> None:
    agent = asking(saver)
    calls: list[Callable[[], Any]] = [
        lambda: agent.invoke({}, config),
        lambda: agent.resume(config),
        lambda: agent.aget_state(config),
        lambda: agent.aupdate_state(config, {"approved": True}),
    ]

    for call in calls:
        with pytest.raises(MissingThreadId, match=r'config=\{"configurable": \{"thread_id"'):
            await call()


# 3. Ensure .interrupt() is in graph


class Careless(Asking):
    def build_graph(self) -> GraphBuilder:
        return self.start().then(self.look).then(self.act).end()


async def test_a_graph_without_a_gate_says_so_when_it_should_be_resumed(
    saver: str, thread: Any
) -> None:
    agent = asking(saver, Careless)
    await agent.invoke({}, thread)

    with pytest.raises(NotPaused, match=r"no gate: add \.interrupt\(\)"):
        await agent.resume(thread)


async def test_a_graph_with_a_gate_is_not_told_to_add_one(paused: Agent, thread: Any) -> None:
    await paused.resume(thread)

    with pytest.raises(NotPaused) as caught:
        await paused.resume(thread)

    assert "no gate" not in str(caught.value)


# Cannot resume: 1. Verify thread_id matches


async def test_another_thread_id_is_answered_with_where_to_look(
    paused: Agent, threads: Callable[[], Any]
) -> None:
    other = threads()

    for call in (
        lambda: paused.resume(other),
        lambda: paused.aupdate_state(other, {"approved": True}),
        lambda: paused.invoke(None, other),
    ):
        with pytest.raises(UnknownThread, match="give the thread_id that invoke"):
            await call()


# 2. Check state was updated


async def test_the_state_shows_whether_a_thread_is_there_and_was_updated(
    paused: Agent, thread: Any, threads: Callable[[], Any]
) -> None:
    assert not paused.get_state(threads())
    assert not paused.get_state(thread).approved

    paused.update_state(thread, {"approved": True})

    assert paused.get_state(thread).approved


async def test_an_update_of_a_misspelt_field_lists_the_fields(paused: Agent, thread: Any) -> None:
    with pytest.raises(UnknownField, match=r"Unknown field 'aproved' .* known: .*approved"):
        paused.update_state(thread, {"aproved": True})


# 3. Ensure checkpointer is accessible


@pytest.mark.parametrize(
    ("name", "variable", "address"),
    [
        ("postgres", "DATABASE_URL", "postgresql://127.0.0.1:1/none"),
        ("redis", "REDIS_URL", "redis://127.0.0.1:1/0"),
    ],
)
async def test_a_server_that_does_not_answer_is_named(
    monkeypatch: pytest.MonkeyPatch, thread: Any, name: str, variable: str, address: str
) -> None:
    monkeypatch.setenv(variable, address)
    agent = asking(name)

    for call in (agent.invoke({}, thread), agent.resume(thread), agent.aget_state(thread)):
        with pytest.raises(CheckpointerUnreachable, match=f"Start it, or correct .* {variable}"):
            await call


def test_a_database_that_has_gone_away_is_named() -> None:
    with (
        Pool("postgresql://127.0.0.1:1/none", min_size=0, max_size=1, timeout=0.2) as pool,
        pytest.raises(CheckpointerUnreachable, match="DATABASE_URL"),
    ):
        pool.getconn()


# Requirements, 3.: State must be serializable


class Holding(Asking):
    def look(self, state: Request) -> None:
        state.context["connection"] = self.look


async def test_a_connection_in_the_state_is_named_with_its_field(saver: str, thread: Any) -> None:
    with pytest.raises(NotStorable, match="Field 'context' can't be stored"):
        await asking(saver, Holding).invoke({}, thread)
