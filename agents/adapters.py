"""What may stand behind a path of LANGVEL_AGENTS, seen as one kind of thing."""

from __future__ import annotations

import hashlib
import inspect
from collections.abc import Mapping
from typing import Any, Protocol, get_type_hints

from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph.state import CompiledStateGraph, StateGraph
from pydantic import BaseModel, create_model
from pydantic.errors import PydanticUserError
from typing_extensions import is_typeddict

from agents.jsonable import canonical, to_json
from langvel.core.agent import Agent

CompiledGraph = CompiledStateGraph[Any, Any, Any, Any]


class RegisteredAgent(Protocol):
    """An agent the site can start, resume and describe."""

    key: str
    title: str
    description: str
    version: str
    drawing: dict[str, Any]

    def input_schema(self) -> dict[str, Any]:
        """JSON Schema of what a run is started with."""

    def prepare_input(self, values: dict[str, Any]) -> Any:
        """What the graph is invoked with. Raises ValueError when the values do not fit."""

    def compile(self, saver: BaseCheckpointSaver[Any]) -> CompiledGraph:
        """The graph, keeping its checkpoints in `saver`."""

    def public_state(self, values: Any) -> dict[str, Any]:
        """A graph's values as JSON."""

    def validate_edit(self, state: dict[str, Any], args: dict[str, Any]) -> None:
        """Raises pydantic.ValidationError when the edited arguments do not fit the state."""

    def serializable_types(self) -> set[type]:
        """Types that a checkpoint of this agent may be rebuilt into."""


def adapt(key: str, target: Any) -> RegisteredAgent:
    """The agent behind an imported object.

    Raises TypeError when it is no Agent class, StateGraph, compiled graph, nor a function
    without arguments that returns one.
    """
    if isinstance(target, type) and issubclass(target, Agent):
        return LangvelAgent(key, target())
    if isinstance(target, Agent):
        return LangvelAgent(key, target)
    if isinstance(target, (StateGraph, CompiledStateGraph)):
        return PlainGraph(key, target)
    if inspect.isfunction(target) and not inspect.signature(target).parameters:
        agent = adapt(key, target())
        if isinstance(agent, PlainGraph) and target.__doc__:
            agent.description = inspect.cleandoc(target.__doc__)
        return agent
    raise TypeError(
        f"{target!r} is no langvel Agent, StateGraph, compiled graph, "
        "nor a function without arguments that returns one"
    )


def graph_version(declared: str, drawing: Mapping[str, Any]) -> str:
    """Changes when the code's declared version or the shape of the graph does."""
    digest = hashlib.sha256(canonical(drawing).encode()).hexdigest()[:8]
    return f"{declared}+{digest}"


class LangvelAgent:
    """An agent written with langvel."""

    def __init__(self, key: str, agent: Agent) -> None:
        self.key = key
        self._agent = agent
        self.title = agent.title
        self.description = inspect.getdoc(type(agent)) or ""
        # Compiled once; the saver is exchanged for each pass, the agent's own is never opened.
        self._compiled = agent.compile(InMemorySaver())
        self.drawing = _drawing(self._compiled)
        self.version = graph_version(agent.version, self.drawing)

    def input_schema(self) -> dict[str, Any]:
        return self._agent.input_schema()

    def prepare_input(self, values: dict[str, Any]) -> Any:
        return self._agent.prepare_input(values)

    def compile(self, saver: BaseCheckpointSaver[Any]) -> CompiledGraph:
        return self._compiled.copy({"checkpointer": saver})

    def public_state(self, values: Any) -> dict[str, Any]:
        return self._agent.public_state(values)

    def validate_edit(self, state: dict[str, Any], args: dict[str, Any]) -> None:
        self._agent.validate_edit(state, args)

    def serializable_types(self) -> set[type]:
        return self._agent.serializable_types()


class PlainGraph:
    """Any other LangGraph graph."""

    def __init__(self, key: str, graph: StateGraph[Any, Any, Any, Any] | CompiledGraph) -> None:
        self.key = key
        self.title = key.replace("_", " ").replace("-", " ").capitalize()
        self.description = ""
        self._builder = graph.builder if isinstance(graph, CompiledStateGraph) else graph
        self._compiled = graph if isinstance(graph, CompiledStateGraph) else graph.compile()
        self.drawing = _drawing(self._compiled)
        self.version = graph_version("1", self.drawing)

    def input_schema(self) -> dict[str, Any]:
        return _typed_dict_schema(self._builder.input_schema) or _declared_schema(self._compiled)

    def prepare_input(self, values: dict[str, Any]) -> Any:
        return values

    def compile(self, saver: BaseCheckpointSaver[Any]) -> CompiledGraph:
        """A copy with the site's saver; a compiled graph keeps its breakpoints and its name."""
        return self._compiled.copy({"checkpointer": saver})

    def public_state(self, values: Any) -> dict[str, Any]:
        plain = to_json(values)
        return plain if isinstance(plain, dict) else {"value": plain}

    def validate_edit(self, state: dict[str, Any], args: dict[str, Any]) -> None:
        """A plain graph declares no model to check an edit with."""

    def serializable_types(self) -> set[type]:
        return set()


def _declared_schema(graph: CompiledGraph) -> dict[str, Any]:
    try:
        return graph.get_input_jsonschema()
    except PydanticUserError:
        return {"type": "object"}


def _typed_dict_schema(state: Any) -> dict[str, Any] | None:
    """The schema of a TypedDict, which Pydantic refuses below Python 3.12 in the standard form."""
    if not is_typeddict(state):
        return None
    fields: dict[str, Any] = {
        name: (hint, ... if name in state.__required_keys__ else None)
        for name, hint in get_type_hints(state).items()
    }
    try:
        model: type[BaseModel] = create_model(state.__name__, **fields)
        return model.model_json_schema()
    except PydanticUserError:
        return {"type": "object"}


def _drawing(graph: CompiledGraph) -> dict[str, Any]:
    """`{"nodes": [id, …], "edges": [{"source", "target", "conditional"}, …]}`."""
    drawn = graph.get_graph()
    return {
        "nodes": list(drawn.nodes),
        "edges": [
            {"source": edge.source, "target": edge.target, "conditional": edge.conditional}
            for edge in drawn.edges
        ],
    }
