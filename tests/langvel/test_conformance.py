"""Every checkpointer langvel makes passes LangGraph's public suite, and forks and joins."""

import uuid
from collections.abc import AsyncIterator
from typing import Any

from langgraph.checkpoint.conformance import validate
from langgraph.checkpoint.conformance.initializer import RegisteredCheckpointer

from langvel.checkpointers.backend import open_backend
from langvel.core.agent import Agent
from langvel.routing.builder import GraphBuilder
from langvel.state.base import StateModel

BASE = {"put", "put_writes", "get_tuple", "list", "delete_thread"}


async def test_each_checkpointer_passes_the_public_conformance_suite(saver: str) -> None:
    async def make() -> AsyncIterator[Any]:
        yield open_backend(saver, types=()).saver

    report = await validate(RegisteredCheckpointer(name=uuid.uuid4().hex, factory=make))  # type: ignore[arg-type]

    assert {name: result.failures for name, result in report.results.items()} == {
        name: [] for name in report.results
    }
    assert {name for name, result in report.results.items() if result.passed} >= BASE


class Note(StateModel):
    text: str = ""
    left: int = 0
    right: int = 0


class Pausing(Agent):
    state_model = Note

    def build_graph(self) -> GraphBuilder:
        return self.start().then(self.plan).interrupt().end()

    def plan(self, state: Note) -> None: ...


def make(saver: str) -> Any:
    return type("Made", (Pausing,), {"checkpointer": saver})()


async def test_two_forks_of_one_checkpoint_keep_their_own_values(
    saver: str, thread: Any, pause: Any
) -> None:
    agent = make(saver)
    await pause(agent, {}, thread)
    graph = agent._passes.graph
    head = (await graph.aget_state(thread)).config

    one = await graph.aupdate_state(head, {"text": "one"})
    two = await graph.aupdate_state(head, {"text": "two"})

    texts = [(await graph.aget_state(fork)).values["text"] for fork in (one, two)]
    assert texts == ["one", "two"]


async def test_parallel_steps_all_count(saver: str, thread: Any) -> None:
    class Both(Agent):
        state_model = Note
        checkpointer = saver

        def build_graph(self) -> GraphBuilder:
            return self.start().parallel(self.one, self.two).merge(self.last).end()

        def one(self, state: Note) -> None:
            state.left = 1

        def two(self, state: Note) -> None:
            state.right = 2

        def last(self, state: Note) -> None: ...

    result = await Both().invoke({}, thread)

    assert (result.left, result.right) == (1, 2)
