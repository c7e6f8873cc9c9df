"""Agent Inbox's HumanInterrupt: one, a list of them, or either as a JSON string."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from agents.dialects import tools, words
from agents.dialects.request import (
    Action,
    Asked,
    Pause,
    Reviewer,
    ReviewerDecision,
    ReviewRequest,
    ToolSchema,
    Verb,
)
from agents.jsonable import to_json

NAME = "agent_inbox"
_FLAGS: dict[str, Verb] = {
    "allow_accept": "approve",
    "allow_edit": "edit",
    "allow_ignore": "reject",
    "allow_respond": "respond",
}


def matches(pause: Pause) -> bool:
    return bool(_requests(pause.value))


def read(pause: Pause) -> ReviewRequest:
    requests = _requests(pause.value)
    calls = [(one["action_request"]["action"], one["action_request"]["args"]) for one in requests]
    return ReviewRequest(
        dialect=NAME,
        title=words.titles(calls),
        summary=words.summaries(calls),
        effect=words.effect(calls),
        actions=tuple(_action(one, tool_schema=pause.tool_schema) for one in requests),
        state=pause.state,
        payload=pause.value,
    )


def answer(asked: Asked, decisions: Sequence[ReviewerDecision], *, by: Reviewer) -> Any:
    """A list of HumanResponse, also for a single request: graphs take its first item."""
    return tools.each(asked.actions, decisions, _response)


def place(pointer: str) -> str:
    return pointer.replace("/args/args", "/args", 1)


def _response(action: Mapping[str, Any], decision: ReviewerDecision, *, at: str) -> dict[str, Any]:
    """Values keep their JSON types; Agent Inbox itself would send edited ones as text."""
    if decision["type"] == "reject":
        return {"type": "ignore", "args": None}
    if decision["type"] == "respond":
        return {"type": "response", "args": tools.said(decision, at=at)}
    if decision["type"] == "edit":
        return {"type": "edit", "args": {"action": action["name"], "args": decision["args"]}}
    return {"type": "accept", "args": {"action": action["name"], "args": action["args"]}}


def _requests(value: Any) -> list[Mapping[str, Any]]:
    """The requests of a payload; empty unless all of them are whole."""
    found = _parsed(value) if isinstance(value, str) else value
    listed = found if isinstance(found, list) else [found]
    return listed if all(map(_is_request, listed)) else []


def _parsed(text: str) -> Any:
    if not text.lstrip().startswith(("{", "[")):
        return None
    try:
        return to_json(json.loads(text))
    except (ValueError, RecursionError):
        return None


def _is_request(value: Any) -> bool:
    if not isinstance(value, Mapping):
        return False
    request, config = value.get("action_request"), value.get("config")
    if not isinstance(request, Mapping) or not isinstance(config, Mapping):
        return False
    return (
        tools.is_call(request.get("action"), request.get("args"))
        and all(isinstance(config.get(flag, False), bool) for flag in _FLAGS)
        and bool(_allowed(config))
    )


def _allowed(config: Mapping[str, Any]) -> tuple[Verb, ...]:
    return tools.verbs(verb for flag, verb in _FLAGS.items() if config.get(flag) is True)


def _action(request: Mapping[str, Any], *, tool_schema: ToolSchema) -> Action:
    call = request["action_request"]
    return Action(
        name=call["action"],
        args=call["args"],
        allowed=_allowed(request["config"]),
        schema=tools.args_schema(tool_schema(call["action"])),
        description=tools.text(request.get("description")),
        response="message",
    )
