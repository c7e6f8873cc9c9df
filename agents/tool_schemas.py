"""What the tools of a graph take, found in its ToolNodes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from langgraph.prebuilt import ToolNode
from pydantic import BaseModel

from agents.graphs.structure import Graph, graphs_within


def tool_schema(graph: Graph, name: str) -> dict[str, Any] | None:
    """JSON Schema of what a model may pass to the tool; None when unknown or when tools differ.

    Tools of graphs that are called from inside a node or a tool cannot be seen.
    """
    found = [schema for node in _tool_nodes(graph) if (schema := _schema(node, name)) is not None]
    return found[0] if found and all(one == found[0] for one in found) else None


def _tool_nodes(graph: Graph) -> Iterator[ToolNode]:
    for one in (graph, *graphs_within(graph)):
        for node in one.nodes.values():
            if isinstance(node.bound, ToolNode):
                yield node.bound


def _schema(node: ToolNode, name: str) -> dict[str, Any] | None:
    tool = node.tools_by_name.get(name)
    if tool is None:
        return None
    schema = tool.tool_call_schema
    if isinstance(schema, dict):
        return schema
    try:
        return schema.model_json_schema() if issubclass(schema, BaseModel) else schema.schema()
    except Exception:
        # A tool may take types that no JSON Schema describes; its arguments are then any object.
        return None
