"""What a worker publishes of a graph for pages to draw."""

from typing import Any, TypedDict

import pytest
from langgraph.graph import END, START, StateGraph

from agents.adapters import adapt
from agents.drawing import published, sketched
from agents.samples.orders import OrderApprovalAgent
from langvel.routing.sketch import Arrow, Box


class Values(TypedDict):
    amount: int


def plain() -> Any:
    graph: Any = StateGraph(Values)
    graph.add_node("pay", lambda values: values)
    graph.add_node("check", lambda values: values)
    graph.add_edge(START, "check")
    graph.add_conditional_edges("check", lambda values: "yes", {"yes": "pay", "no": END})
    graph.add_edge("pay", END)
    return graph


def test_an_agents_drawing_is_its_own() -> None:
    agent = OrderApprovalAgent()

    drawn = sketched(adapt("orders", agent).drawing)

    assert drawn == agent.sketch()
    assert Box("require_approval.gate", "gate", "pause after require_approval") in drawn.boxes


def test_a_plain_graph_is_drawn_as_a_run_would_come_by() -> None:
    drawn = sketched(adapt("plain", plain()).drawing)

    assert drawn is not None
    assert drawn.boxes == (
        Box(START, "start", "start"),
        Box("check", "step", "check"),
        Box("pay", "step", "pay"),
        Box(END, "end", "end"),
    )
    assert set(drawn.arrows) == {
        Arrow(START, "check"),
        Arrow("check", "pay", "yes"),
        Arrow("check", END, "no"),
        Arrow("pay", END),
    }


@pytest.mark.parametrize("where", ["interrupt_before", "interrupt_after"])
def test_a_static_breakpoint_is_drawn_as_a_gate(where: str) -> None:
    drawn = sketched(adapt("plain", plain().compile(**{where: ["pay"]})).drawing)

    assert drawn is not None
    assert [box.name for box in drawn.boxes if box.kind == "gate"] == ["pay"]


def test_a_breakpoint_at_every_node_sets_none_apart() -> None:
    drawn = sketched(adapt("plain", plain().compile(interrupt_before="*")).drawing)

    assert drawn is not None
    assert {box.kind for box in drawn.boxes} == {"start", "step", "end"}


def test_a_sketch_comes_back_from_json_as_it_went() -> None:
    sketch = OrderApprovalAgent().sketch()

    assert sketched(published(sketch)) == sketch
    assert sketched({}) is None


def test_the_version_of_a_graph_is_of_its_shape_and_not_of_how_it_is_drawn() -> None:
    class Renamed(OrderApprovalAgent):
        """Another description, another title."""

        title = "Renamed"

    assert adapt("a", Renamed()).version == adapt("b", OrderApprovalAgent()).version
