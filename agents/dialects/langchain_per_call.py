"""LangChain's HumanInTheLoopMiddleware with `interrupt_mode="per_call"`: a question a call."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from agents import schemas
from agents.dialects import tools, words
from agents.dialects.request import (
    VERBS,
    Action,
    Asked,
    Pause,
    Reviewer,
    ReviewerDecision,
    ReviewRequest,
    Verb,
)

NAME = "langchain_per_call"


def matches(pause: Pause) -> bool:
    value = pause.value
    return (
        isinstance(value, Mapping)
        and value.get("type") == "tool_approval"
        and isinstance(value.get("tool_call_id"), str)
        and tools.is_call(value.get("name"), value.get("args"))
        and bool(_allowed(pause.response_schema))
    )


def read(pause: Pause) -> ReviewRequest:
    value = pause.value
    calls = [(value["name"], value["args"])]
    action = Action(
        name=value["name"],
        args=value["args"],
        allowed=_allowed(pause.response_schema),
        schema=tools.args_schema(_edited_args(pause.response_schema)),
        description=tools.text(value.get("description")),
        response="message",
    )
    return ReviewRequest(
        dialect=NAME,
        title=words.titles(calls),
        summary=words.summaries(calls),
        effect=words.effect(calls),
        actions=(action,),
        state=pause.state,
        payload=value,
    )


def answer(asked: Asked, decisions: Sequence[ReviewerDecision], *, by: Reviewer) -> Any:
    """One decision of the middleware's."""
    return tools.langchain_decision(asked.actions[0], decisions[0], at="/0")


def place(pointer: str) -> str:
    return f"/0{pointer.replace('/edited_action/args', '/args', 1)}"


def _allowed(schema: Any) -> tuple[Verb, ...]:
    """The decisions the schema of the answer has a branch for; all of them when there is none."""
    if schema is None:
        return VERBS
    if not schemas.is_usable(schema):
        return ()
    return tools.verbs(_type(branch) for branch in _branches(schema))


def _type(branch: Mapping[str, Any]) -> Any:
    return _property(branch, "type").get("const")


def _edited_args(schema: Any) -> dict[str, Any] | None:
    """The schema of the tool's arguments, out of the branch for edits."""
    edits = [branch for branch in _branches(schema) if _type(branch) == "edit"]
    if not edits:
        return None
    edited = _resolved(schema, _property(edits[0], "edited_action"))
    args = _resolved(schema, _property(edited, "args"))
    return {**args, "$defs": schema["$defs"]} if args and "$defs" in schema else dict(args)


def _branches(schema: Any) -> Iterator[Mapping[str, Any]]:
    """The schemas of single decisions: the alternatives, or the whole where there is but one."""
    if not isinstance(schema, Mapping):
        return
    alternatives = schema.get("oneOf") or schema.get("anyOf") or [schema]
    for one in alternatives if isinstance(alternatives, list) else ():
        yield _resolved(schema, one)


def _property(schema: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    properties = schema.get("properties")
    found = properties.get(name) if isinstance(properties, Mapping) else None
    return found if isinstance(found, Mapping) else {}


def _resolved(root: Any, schema: Any) -> Mapping[str, Any]:
    if not isinstance(schema, Mapping):
        return {}
    name = schema.get("$ref")
    if not isinstance(name, str):
        return schema
    defs = root.get("$defs")
    found = defs.get(name.removeprefix("#/$defs/")) if isinstance(defs, Mapping) else None
    return found if isinstance(found, Mapping) else {}
