"""What may stand behind a path of LANGVEL_AGENTS, seen as one kind of thing."""

from __future__ import annotations

import hashlib
import inspect
from collections.abc import Mapping
from typing import Any, Literal, Protocol, cast, get_type_hints

from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph.state import StateGraph
from langgraph.pregel import Pregel
from pydantic import BaseModel, create_model
from pydantic.errors import PydanticUserError
from typing_extensions import is_typeddict

from agents.drawing import published
from agents.graphs.fingerprint import step_codes
from agents.graphs.shape import shape_of, sketch_of
from agents.graphs.structure import Graph, Structure, structure_of
from agents.jsonable import canonical, to_json
from langvel.core.agent import Agent
from langvel.core.policy import Policy
from langvel.routing.questions import seconds_of

Resume = Literal["all", "each"]
_INPUT = "input"
"""The one field of an input that is no object, as functions of the functional API may take."""


class RegisteredAgent(Protocol):
    """An agent the site can start, resume and describe.

    `resume`: whether the questions of one pass wait for each other. `steps`: the root graph's
    steps, each with a name for its code. `deadline_seconds` and `on_timeout` are for questions
    that say nothing else.
    """

    key: str
    title: str
    description: str
    version: str
    drawing: dict[str, Any]
    policies: tuple[Policy, ...]
    deadline_seconds: float | None
    on_timeout: str
    resume: Resume
    structure: Structure
    steps: dict[str, str]

    def input_schema(self) -> dict[str, Any]:
        """JSON Schema of what a run is started with."""

    def prepare_input(self, values: dict[str, Any]) -> Any:
        """What the graph is invoked with. Raises ValueError when the values do not fit."""

    def compile(self, saver: BaseCheckpointSaver[Any]) -> Graph:
        """The graph, keeping its checkpoints in `saver`."""

    def public_state(self, values: Any) -> dict[str, Any]:
        """A graph's values as JSON."""

    def validate_edit(self, state: dict[str, Any], args: dict[str, Any]) -> None:
        """Raises pydantic.ValidationError when the edited arguments do not fit the state."""

    def serializable_types(self) -> set[type]:
        """Types that a checkpoint of this agent may be rebuilt into."""


def adapt(key: str, target: Any) -> RegisteredAgent:
    """The agent behind an imported object.

    Raises TypeError when it is no Agent class, StateGraph, compiled graph, entrypoint, nor a
    function without arguments that returns one.
    """
    if isinstance(target, type) and issubclass(target, Agent):
        return LangvelAgent(key, target())
    if isinstance(target, Agent):
        return LangvelAgent(key, target)
    if isinstance(target, (StateGraph, Pregel)):
        return PlainGraph(key, target)
    if inspect.isfunction(target) and not inspect.signature(target).parameters:
        agent = adapt(key, target())
        if isinstance(agent, PlainGraph):
            agent.described_by(target)
        return agent
    raise TypeError(
        f"{target!r} is no langvel Agent, StateGraph, compiled graph, entrypoint, "
        "nor a function without arguments that returns one"
    )


def resume_mode(value: Any) -> Resume:
    """Raises TypeError for anything but "all" and "each"."""
    if value not in ("all", "each"):
        raise TypeError(f"resume must be 'all' or 'each', not {value!r}")
    return cast(Resume, value)


def graph_version(declared: str, shape: Mapping[str, Any]) -> str:
    """Changes when the code's declared version or the shape of the graph does."""
    digest = hashlib.sha256(canonical(shape).encode()).hexdigest()[:8]
    return f"{declared}+{digest}"


class LangvelAgent:
    """An agent written with langvel."""

    def __init__(self, key: str, agent: Agent) -> None:
        self.key = key
        self._agent = agent
        self.title = agent.title
        self.description = inspect.getdoc(type(agent)) or ""
        self.policies = tuple(agent.policies)
        self.deadline_seconds = seconds_of(agent.deadline)
        self.on_timeout: str = agent.on_timeout or ""
        # Compiled once; the saver is exchanged for each pass, the agent's own is never opened.
        self._compiled = agent.compile(InMemorySaver())
        shape = shape_of(self._compiled)
        self.drawing = {**shape, **published(agent.sketch())}
        self.version = graph_version(agent.version, shape)
        self.resume = resume_mode(getattr(agent, "resumes", "all"))
        self.structure = structure_of(self._compiled)
        self.steps = step_codes(self._compiled)

    def input_schema(self) -> dict[str, Any]:
        return self._agent.input_schema()

    def prepare_input(self, values: dict[str, Any]) -> Any:
        return self._agent.prepare_input(values)

    def compile(self, saver: BaseCheckpointSaver[Any]) -> Graph:
        return self._compiled.copy({"checkpointer": saver})

    def public_state(self, values: Any) -> dict[str, Any]:
        return self._agent.public_state(values)

    def validate_edit(self, state: dict[str, Any], args: dict[str, Any]) -> None:
        self._agent.validate_edit(state, args)

    def serializable_types(self) -> set[type]:
        return self._agent.serializable_types()


class PlainGraph:
    """Any other LangGraph graph, also a function of the functional API."""

    def __init__(self, key: str, graph: StateGraph[Any, Any, Any, Any] | Graph) -> None:
        self.key = key
        self.title = key.replace("_", " ").replace("-", " ").capitalize()
        self.description = ""
        self.policies: tuple[Policy, ...] = ()
        self.deadline_seconds: float | None = None
        self.on_timeout = ""
        self._compiled: Graph = graph.compile() if isinstance(graph, StateGraph) else graph
        self._input = _input_schema(self._compiled)
        shape = shape_of(self._compiled)
        self.drawing = {**shape, **published(sketch_of(self._compiled))}
        self.version = graph_version("1", shape)
        self.resume = resume_mode(getattr(graph, "resumes", "all"))
        self.structure = structure_of(self._compiled)
        self.steps = step_codes(self._compiled)

    def described_by(self, function: Any) -> None:
        """What the function that made the graph says of it: its docstring, and `resumes`."""
        self.description = inspect.getdoc(function) or ""
        self.resume = resume_mode(getattr(function, "resumes", self.resume))

    def input_schema(self) -> dict[str, Any]:
        return self._input if _takes_object(self._input) else _wrapped(self._input)

    def prepare_input(self, values: dict[str, Any]) -> Any:
        return values if _takes_object(self._input) else values.get(_INPUT)

    def compile(self, saver: BaseCheckpointSaver[Any]) -> Graph:
        """A copy with the site's saver; a compiled graph keeps its breakpoints and its name."""
        return self._compiled.copy({"checkpointer": saver})

    def public_state(self, values: Any) -> dict[str, Any]:
        plain = to_json(values)
        return plain if isinstance(plain, dict) else {"value": plain}

    def validate_edit(self, state: dict[str, Any], args: dict[str, Any]) -> None:
        """A plain graph declares no model to check an edit with."""

    def serializable_types(self) -> set[type]:
        return set()


def _input_schema(graph: Graph) -> dict[str, Any]:
    declared = getattr(getattr(graph, "builder", None), "input_schema", None)
    try:
        return _typed_dict_schema(declared) or graph.get_input_jsonschema()
    except PydanticUserError:
        return {"type": "object"}


def _takes_object(schema: Mapping[str, Any]) -> bool:
    """Of a schema that says nothing, an object is what a run's input is anyway."""
    return bool(schema.get("type", "object") == "object")


def _wrapped(schema: dict[str, Any]) -> dict[str, Any]:
    definitions = {"$defs": schema["$defs"]} if "$defs" in schema else {}
    inner = {name: value for name, value in schema.items() if name != "$defs"}
    return {
        "type": "object",
        "properties": {_INPUT: inner},
        "required": [_INPUT],
        **definitions,
    }


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
