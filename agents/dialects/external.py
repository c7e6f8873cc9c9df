"""What a program asked by the API, without a graph: its answer goes back as it was decided."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from agents import schemas
from agents.dialects.request import Asked, InvalidAnswer, Reviewer, ReviewerDecision

NAME = "request"


def answer(asked: Asked, decisions: Sequence[ReviewerDecision], *, by: Reviewer) -> Any:
    """One entry an action: its name, the verb, and the arguments to act with, edited or not."""
    pairs = list(zip(asked.actions, decisions, strict=True))
    errors: dict[str, str] = {}
    for index, (action, decision) in enumerate(pairs):
        if decision["type"] == "respond":
            errors |= _response_errors(f"/{index}/value", action, decision)
    if errors:
        raise InvalidAnswer(errors)
    return [_told(action, decision) for action, decision in pairs]


def _response_errors(
    at: str, action: Mapping[str, Any], decision: ReviewerDecision
) -> dict[str, str]:
    if "value" not in decision:
        return {at: "a response to this question carries a value"}
    schema = action.get("response_schema")
    found = schemas.validate(schema, decision["value"]) if schema else {}
    return {at + pointer: text for pointer, text in found.items()}


def _told(action: Mapping[str, Any], decision: ReviewerDecision) -> dict[str, Any]:
    """A rejected action comes without arguments: there is nothing to act with."""
    verb = decision["type"]
    told: dict[str, Any] = {"name": action["name"], "type": verb}
    if verb == "approve":
        told["args"] = action["args"]
    elif verb == "edit":
        told["args"] = decision["args"]
    elif verb == "respond":
        told["value"] = decision["value"]
    return told | {"message": decision.get("message") or None}
