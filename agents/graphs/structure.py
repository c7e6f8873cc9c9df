"""What a compiled graph is made of, found once when its agent is loaded."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal, get_type_hints

from langgraph.pregel import Pregel
from pydantic import TypeAdapter, create_model
from pydantic.errors import PydanticSchemaGenerationError, PydanticUserError
from typing_extensions import is_typeddict

from agents.graphs.parts import walk
from agents.jsonable import canonical

Graph = Pregel[Any, Any, Any, Any]

MAX_SCHEMA = 20_000
"""Characters; LangChain's message types alone make a schema several times as long."""


@dataclass(frozen=True, kw_only=True)
class Structure:
    """`stops`: it or a graph within it has breakpoints. `nests`: there are graphs within it.

    `forgetful`: steps that run a graph with `checkpointer=False`.
    """

    stops: bool
    nests: bool
    forgetful: frozenset[str]

    @property
    def durability(self) -> Literal["sync", "async"]:
        """LangGraph 1.2 breaks down when a graph that keeps no checkpoints is to wait for them."""
        return "async" if self.forgetful else "sync"


def structure_of(graph: Graph) -> Structure:
    within = list(graphs_within(graph))
    return Structure(
        stops=any(_stops(one) for one in (graph, *within)),
        nests=bool(within),
        forgetful=frozenset(name for name, node in graph.nodes.items() if _forgets(node.bound)),
    )


def graphs_within(graph: Graph) -> Iterator[Graph]:
    """Every graph that is a step of this one, or that a step calls, however deep."""
    for _, found in graph.get_subgraphs(recurse=True):
        if isinstance(found, Pregel):
            yield found


def graph_at(graph: Graph, namespace: str) -> Graph:
    """The graph whose checkpoints are kept under that `checkpoint_ns`."""
    for part in filter(None, namespace.split("|")):
        graph = dict(graph.get_subgraphs())[part.partition(":")[0]]  # type: ignore[assignment]
    return graph


def _forgets(step: Any) -> bool:
    """Whether a graph within keeps no checkpoints; LangGraph does not count those as subgraphs."""
    return any(isinstance(part, Pregel) and part.checkpointer is False for part in walk(step))


def _stops(graph: Graph) -> bool:
    return bool(graph.interrupt_before_nodes or graph.interrupt_after_nodes)


def state_schema(graph: Graph) -> dict[str, Any] | None:
    """The JSON Schema of a graph's state, None where it declares none that a form could use."""
    declared = getattr(getattr(graph, "builder", None), "state_schema", None)
    if declared is None:
        return None
    try:
        schema = TypeAdapter(_readable(declared)).json_schema()
    except (PydanticUserError, PydanticSchemaGenerationError, NameError, TypeError):
        return None
    # A thread need not have written every channel yet.
    schema.pop("required", None)
    return schema if len(canonical(schema)) <= MAX_SCHEMA else None


def _readable(declared: Any) -> Any:
    """Pydantic refuses the standard TypedDict below Python 3.12."""
    if not is_typeddict(declared):
        return declared
    fields: dict[str, Any] = {name: (hint, ...) for name, hint in get_type_hints(declared).items()}
    return create_model(declared.__name__, **fields)
