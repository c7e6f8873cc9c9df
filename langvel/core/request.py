"""What a gate asks: the payload of LangGraph's interrupt, as plain JSON data."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from string import Formatter
from typing import TYPE_CHECKING, Any

from langgraph.constants import END
from pydantic import BaseModel
from pydantic_core import from_json

from langvel.core.digest import DIGEST, digest_of
from langvel.core.values import as_editable, as_shown
from langvel.exceptions import UnknownField
from langvel.routing.naming import humanise
from langvel.routing.plan import Gate, Question
from langvel.routing.questions import seconds_of
from langvel.state.base import StateModel
from langvel.state.fields import has_computed_fields, own_fields

if TYPE_CHECKING:
    from langvel.core.agent import Agent

PROTOCOL = 1
TEXTS = ("title", "summary", "effect", "description")
Describe = Callable[[Any, str], Mapping[str, Any]]
PARTS = tuple(field.name for field in dataclasses.fields(Question))


def describing(agent: Agent) -> Describe:
    """The agent's describe_review, with its `deadline` and `on_timeout` where that is silent."""

    def describe(state: Any, node: str) -> Mapping[str, Any]:
        described = agent.describe_review(state, node) or {}
        return {"deadline": agent.deadline, "on_timeout": agent.on_timeout, **described}

    return describe


def wording(
    *, gate: Gate, described: Mapping[str, Any], mark: Mapping[str, Any], state: StateModel
) -> dict[str, Any]:
    """Who says what about a pause: the agent's describe_review, then interrupt(), then the step."""
    if unknown := {*described, *mark} - set(PARTS):
        raise UnknownField(unknown, known=PARTS, where="a question")
    said = {**described, **resolve(gate.question, state), **mark}
    return {name: said.get(name) for name in PARTS}


def resolve(question: Question, state: StateModel) -> dict[str, Any]:
    """The parts a question names, with templates filled in and functions called."""
    given = {name: value for name, value in vars(question).items() if value is not None}
    filled = {
        name: value(state) if callable(value) else _fill(name, value, state)
        for name, value in given.items()
    }
    return {name: value for name, value in filled.items() if value is not None}


def _fill(name: str, value: Any, state: StateModel) -> Any:
    is_template = name in TEXTS and isinstance(value, str)
    return value.format_map(state) if is_template else value


def build_request(
    *, gate: Gate, said: Mapping[str, Any], state: StateModel, following: tuple[str, ...]
) -> dict[str, Any]:
    """Describe the pause behind `gate`, ahead of the steps `following`."""
    model = type(state)
    public = as_shown(state)
    editable = _editable(model, said["editable"])
    # A reviewer edits what the model reads, which computed fields deep inside are no part of.
    offered = as_editable(state) if has_computed_fields(model) else public
    request = {
        "langvel": PROTOCOL,
        "node": gate.node,
        **{name: said[name] or "" for name in TEXTS},
        "title": said["title"] or default_title(gate, following),
        "action": {
            "name": action_name(following),
            "args": {name: offered[name] for name in editable},
            "schema": schema_of(model, editable),
        },
        "allowed": ["approve", "edit", "reject"] if editable else ["approve", "reject"],
        "state": public,
        "risk": said["risk"],
        "deadline": seconds_of(said["deadline"]),
        "on_timeout": said["on_timeout"],
    }
    return {**request, DIGEST: digest_of(request)}


def is_request(value: Any) -> bool:
    return isinstance(value, dict) and value.get("langvel") == PROTOCOL


def action_name(following: tuple[str, ...]) -> str:
    return "+".join("end" if name == END else name for name in following)


def default_title(gate: Gate, following: tuple[str, ...]) -> str:
    steps = [humanise(_own_name(name)) for name in following if name != END]
    return " and ".join(steps) or f"Finish after {humanise(_own_name(gate.node)).lower()}"


def _own_name(name: str) -> str:
    """A step's name without that of the subgraph it is in."""
    return name.rpartition("/")[2]


def _editable(model: type[BaseModel], named: Sequence[str] | None) -> tuple[str, ...]:
    if named is None:
        return own_fields(model)
    if unknown := set(named) - set(model.model_fields):
        raise UnknownField(unknown, known=model.model_fields, where="editable")
    return tuple(named)


def schema_of(model: type[BaseModel], fields: tuple[str, ...]) -> dict[str, Any]:
    """The JSON Schema of exactly these fields, with the definitions they need."""
    schema: dict[str, Any] = from_json(_schema_text(model, fields))
    return schema


@lru_cache(maxsize=256)
def _schema_text(model: type[BaseModel], fields: tuple[str, ...]) -> str:
    """Kept as text: deriving it takes longer than all else a gate does, and a dict could be changed."""
    whole = model.model_json_schema(by_alias=False)
    # The schema of a model that holds others of its kind is but a reference to it.
    whole |= whole.get("$defs", {}).get(whole.get("$ref", "").removeprefix("#/$defs/"), {})
    schema = {
        "type": "object",
        "title": whole.get("title", model.__name__),
        "properties": {name: whole["properties"][name] for name in fields},
        "required": [name for name in fields if name in whole.get("required", ())],
        "additionalProperties": False,
    }
    if needed := _definitions(schema["properties"], whole.get("$defs", {})):
        schema["$defs"] = needed
    return json.dumps(schema)


def _definitions(node: Any, known: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    pending = [node]
    while pending:
        part = pending.pop()
        if isinstance(part, dict):
            reference = str(part.get("$ref", "")).removeprefix("#/$defs/")
            if reference in known and reference not in found:
                found[reference] = known[reference]
                pending.append(known[reference])
            pending.extend(part.values())
        elif isinstance(part, list):
            pending.extend(part)
    return {name: found[name] for name in sorted(found)}


def faults_of(model: type[BaseModel], gate: Gate) -> list[str]:
    """What is wrong with a gate's question, as far as it shows before anybody is asked."""
    faults = []
    question = gate.question
    for name in TEXTS:
        text = getattr(question, name)
        if isinstance(text, str):
            faults += [f"{gate.name}: {name} {fault}" for fault in _template_faults(model, text)]
    if unknown := set(question.editable or ()) - set(model.model_fields):
        faults.append(f"{gate.name}: editable names no field of the state: {sorted(unknown)}")
    hidden = [name for name, field in model.model_fields.items() if field.exclude]
    if unseen := [name for name in question.editable or () if name in hidden]:
        faults.append(f"{gate.name}: editable names what nobody is shown (exclude=True): {unseen}")
    return faults


def _template_faults(model: type[BaseModel], text: str) -> list[str]:
    try:
        names = {part[1] for part in Formatter().parse(text) if part[1] is not None}
    except ValueError as error:
        return [f"is no format string: {error}"]
    fields = {name.split(".")[0].split("[")[0] for name in names}
    return [
        f"names {field!r}, not a field of the state" for field in fields - set(model.model_fields)
    ]
