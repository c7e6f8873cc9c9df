"""What LangGraph knows of a graph's ways: its shape, and a sketch to draw."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from langchain_core.runnables.graph import Edge, Node
from langgraph.constants import END, START

from agents.graphs.structure import Graph
from langvel.routing.sketch import Arrow, Box, Kind, Sketch


def shape_of(graph: Graph) -> dict[str, Any]:
    """`{"nodes": [id, …], "edges": [{"source", "target", "conditional"}, …]}`."""
    drawn = graph.get_graph()
    return {
        "nodes": list(drawn.nodes),
        "edges": [
            {"source": edge.source, "target": edge.target, "conditional": edge.conditional}
            for edge in drawn.edges
        ],
    }


def sketch_of(graph: Graph) -> Sketch:
    """A graph that was not written with langvel, as far as LangGraph knows its ways."""
    drawn = graph.get_graph()
    stops = {*_names(graph.interrupt_before_nodes), *_names(graph.interrupt_after_nodes)}
    return Sketch.of([_box(node, stops) for node in drawn.nodes.values()], map(_arrow, drawn.edges))


def _names(nodes: Any) -> Iterator[str]:
    """Static breakpoints; "*" is each node, which tells nothing apart."""
    return iter(() if isinstance(nodes, str) else nodes)


def _box(node: Node, stops: set[str]) -> Box:
    kind: Kind = "gate" if node.id in stops else "step"
    if node.id in (START, END):
        kind = "start" if node.id == START else "end"
        return Box(node.id, kind, kind)
    return Box(node.id, kind, node.name)


def _arrow(edge: Edge) -> Arrow:
    said = str(edge.data) if edge.data is not None else ""
    return Arrow(edge.source, edge.target, "" if said == edge.target else said)
