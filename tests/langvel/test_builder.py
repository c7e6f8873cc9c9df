"""Graphs that can't run are refused at compile, with all their faults."""

from typing import Any

import pytest
from langgraph.checkpoint.memory import InMemorySaver

from langvel.core.agent import Agent
from langvel.exceptions import CheckpointerRequired, GraphInvalid
from langvel.routing.builder import GraphBuilder
from langvel.state.base import StateModel


class Shaped(Agent):
    shape: Any = None

    def build_graph(self) -> GraphBuilder:
        graph: GraphBuilder = self.shape(self)
        return graph

    def a(self, state: StateModel) -> None: ...

    def b(self, state: StateModel) -> None: ...

    def c(self, state: StateModel) -> None: ...

    def needs_more(self, state: StateModel, other: int) -> None: ...


def faults(shape: Any, **attributes: Any) -> tuple[str, ...]:
    agent = type("Wrong", (Shaped,), {"shape": staticmethod(shape), **attributes})()
    with pytest.raises(GraphInvalid) as caught:
        agent.compile(checkpointer=InMemorySaver())
    return caught.value.faults


PARALLEL = "Parallel execution detected without explicit merge or end()"


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        (lambda s: s.start().end(), ("The graph has no steps",)),
        (
            lambda s: s.start().then(s.a).then(s.a).end(),
            ("Duplicate node name 'a': give one of them another with name=",),
        ),
        (lambda s: s.start().parallel(s.a, s.b), (PARALLEL,)),
        (lambda s: s.start().parallel(s.a, s.b).then(s.c).end(), (PARALLEL,)),
        (
            lambda s: s.start().branch({"x": s.a, "y": s.b}),
            ("Dangling branch: 'a', 'b' must be joined by merge() or end()",),
        ),
        (
            lambda s: s.start().branch({"x": s.a}).then(s.b).end(),
            ("Dangling branch: 'a' must be joined by merge() or end() before then()",),
        ),
        (
            lambda s: s.start().then(s.a).end().then(s.b),
            ("Unreachable nodes detected: {'b'}",),
        ),
        (
            lambda s: s.start().then(s.a).end().interrupt(),
            ("interrupt() after end() would never be reached",),
        ),
        (
            lambda s: s.start().then(s.a).interrupt(s.b).end(),
            ("interrupt() names 'b', which is not a step",),
        ),
        (
            lambda s: s.start().then(s.a).interrupt().interrupt(s.a).end(),
            ("'a' has two interrupts",),
        ),
        (lambda s: s.start().then(s.a, name="a.b").end(), None),
        (lambda s: s.start().then(s.a, name="__end__").end(), None),
        (lambda s: s.start().branch({}).end(), None),
        (lambda s: s.start().parallel(s.a, s.a).end(), None),
        (
            lambda s: s.start().then(s.needs_more).end(),
            ("Node 'needs_more' must take one argument, the state",),
        ),
    ],
)
def test_a_fault_is_named(shape: Any, expected: tuple[str, ...] | None) -> None:
    found = faults(shape)

    assert found == expected if expected else found


def test_all_faults_are_named_at_once() -> None:
    found = faults(lambda s: s.start().then(s.a).then(s.a).parallel(s.b, s.c))

    assert len(found) == 2


def test_a_name_tells_two_uses_of_a_step_apart() -> None:
    class Twice(Agent):
        def build_graph(self) -> GraphBuilder:
            return self.start().then(self.a).then(self.a, name="again").end()

        def a(self, state: StateModel) -> None: ...

    assert set(Twice().compile().get_graph().nodes) == {"__start__", "a", "again", "__end__"}


def test_a_misspelt_approval_node_is_a_fault() -> None:
    found = faults(lambda s: s.start().then(s.a).end(), approval_nodes=("aa",))

    assert found == ("approval_nodes names 'aa', which is not a step",)


def test_a_gate_needs_a_checkpointer() -> None:
    class Unsaved(Agent):
        def build_graph(self) -> GraphBuilder:
            return self.start().then(self.require_approval).end()

        def require_approval(self, state: StateModel) -> None: ...

    with pytest.raises(CheckpointerRequired, match=r"require_approval\.gate"):
        Unsaved().compile()


@pytest.mark.parametrize("name", ["mysql", "sqlite", ""])
def test_an_unknown_checkpointer_names_those_there_are(name: str) -> None:
    class Odd(Agent):
        checkpointer = name

        def build_graph(self) -> GraphBuilder:
            return self.start().then(lambda state: None).end()

    with pytest.raises(CheckpointerRequired, match="'memory', 'postgres', 'redis'"):
        Odd().compile()


def test_postgres_needs_its_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)

    with pytest.raises(CheckpointerRequired, match="DATABASE_URL"):
        faults_free().compile("postgres")


def test_a_graph_compiles_and_draws_without_reaching_the_database(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")

    assert "a" in faults_free().compile("postgres").get_graph().nodes


def faults_free() -> Agent:
    return type("Fine", (Shaped,), {"shape": staticmethod(lambda s: s.start().then(s.a).end())})()


def test_an_approval_node_is_gated_once_even_with_its_own_interrupt() -> None:
    class Both(Agent):
        def build_graph(self) -> GraphBuilder:
            return self.start().then(self.require_approval).interrupt(title="Mine").end()

        def require_approval(self, state: StateModel) -> None: ...

    nodes = set(Both().compile(InMemorySaver()).get_graph().nodes)

    assert nodes == {"__start__", "require_approval", "require_approval.gate", "__end__"}
