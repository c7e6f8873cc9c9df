"""validate(): a graph's faults in the documented words, before anything runs."""

from typing import Any

import pytest

from langvel.core.agent import Agent
from langvel.exceptions import CheckpointerRequired, GraphInvalid
from langvel.routing.builder import GraphBuilder
from langvel.state.base import StateModel


def a(state: StateModel) -> None: ...


def b(state: StateModel) -> None: ...


def c(state: StateModel) -> None: ...


def require_approval(state: StateModel) -> None: ...


def yes(state: StateModel) -> bool:
    return True


def start() -> GraphBuilder:
    return GraphBuilder()


@pytest.mark.parametrize(
    "graph",
    [
        start().then(a).end(),
        start().then(a).then(a, name="again").end(),
        start().branch({"x": a, "y": b}).merge(c).end(),
        start().branch({"x": a, "y": b}).end(),
        start().parallel(a, b).merge(c).end(),
        start().parallel(a, b).end(),
        start().parallel(a, b).interrupt().end(),
        start().loop(a, yes, 3).until(b, yes).while_(yes, c).end(),
        start().subgraph(start().then(a).then(b)).then(c).end(),
        start().interrupt().then(a).end(),
    ],
)
def test_a_valid_graph_has_nothing_to_say(graph: GraphBuilder) -> None:
    assert graph.validate() == []


@pytest.mark.parametrize(
    ("graph", "expected"),
    [
        (start().then(a).end().then(b).then(c), "Unreachable nodes detected: {'b', 'c'}"),
        (start().then(a).then(b), "Nodes with no path to END: {'a', 'b'}"),
        (start().then(a).interrupt(), "Nodes with no path to END: {'a'}"),
        (start().loop(a, yes), "Nodes with no path to END: {'a'}"),
        (start().then(a).subgraph(start().then(b)), "Nodes with no path to END: {'a', 'b'}"),
        (
            start().then(c).parallel(a, b),
            "Parallel execution detected without explicit merge or end()",
        ),
        (
            start().parallel(a, b).then(c).end(),
            "Parallel execution detected without explicit merge or end()",
        ),
        (
            start().subgraph(start().parallel(a, b)).then(c).end(),
            "Parallel execution detected without explicit merge or end()",
        ),
        (
            start().branch({"x": a, "y": b}),
            "Dangling branch: 'a', 'b' must be joined by merge() or end()",
        ),
        (
            start().then(a).then(a).end(),
            "Duplicate node name 'a': give one of them another with name=",
        ),
        (start().end(), "The graph has no steps"),
    ],
)
def test_a_fault_has_its_documented_words(graph: GraphBuilder, expected: str) -> None:
    assert graph.validate() == [expected]


def test_all_faults_are_named_and_nothing_is_changed_by_asking() -> None:
    graph = start().then(a).then(a).end().then(b)
    expected = [
        "Duplicate node name 'a': give one of them another with name=",
        "Unreachable nodes detected: {'b'}",
    ]

    assert graph.validate() == graph.validate() == expected


def test_a_graph_can_be_asked_while_it_is_written() -> None:
    graph = start().then(a)

    assert graph.validate() == ["Nodes with no path to END: {'a'}"]
    assert graph.then(b).end().validate() == []


class Asked(Agent):
    checkpointer: Any = "memory"

    def build_graph(self) -> GraphBuilder:
        return self.start().then(require_approval).then(a).end()


def test_a_step_named_in_approval_nodes_is_mentioned() -> None:
    class Own(Asked):
        def build_graph(self) -> GraphBuilder:
            return self.start().then(require_approval).interrupt().then(a).end()

    class Off(Asked):
        approval_nodes = ()

    said = ["The graph pauses after 'require_approval': approval_nodes names it"]
    assert Asked().build_graph().validate() == said
    assert Own().build_graph().validate() == Off().build_graph().validate() == []


UNSAVED = (
    "Gate without a checkpointer: the graph pauses at require_approval.gate; "
    "set checkpointer = 'postgres', or 'memory' for tests"
)


def test_a_gate_without_a_checkpointer_is_a_fault() -> None:
    class Unsaved(Asked):
        checkpointer = None

    assert UNSAVED in Unsaved().build_graph().validate()
    with pytest.raises(CheckpointerRequired, match="Gate without a checkpointer"):
        Unsaved().compile()


def test_a_gate_that_a_running_step_may_ask_for_counts_too() -> None:
    class Asking(Agent):
        def build_graph(self) -> GraphBuilder:
            return self.start().then(self.work).end()

        def work(self, state: StateModel) -> None:
            self.get_builder().interrupt()

    assert [text.partition(":")[0] for text in Asking().build_graph().validate()] == [
        "Gate without a checkpointer"
    ]


def test_an_invalid_graph_fails_at_compile_with_all_faults_at_once() -> None:
    class Wrong(Asked):
        checkpointer = None

        def build_graph(self) -> GraphBuilder:
            return self.start().then(require_approval).then(a).then(a)

    with pytest.raises(GraphInvalid) as caught:
        Wrong().compile()

    assert caught.value.faults == (
        "Duplicate node name 'a': give one of them another with name=",
        "Nodes with no path to END: {'require_approval', 'a', 'a#3'}",
        UNSAVED,
    )


def test_a_saver_given_at_compile_is_enough() -> None:
    class Unsaved(Asked):
        checkpointer = None

    assert "require_approval.gate" in Unsaved().compile("memory").get_graph().nodes
