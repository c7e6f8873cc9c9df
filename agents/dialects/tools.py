"""What dialects about tool calls have in common: reading them, and translating decisions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from agents import schemas
from agents.dialects.request import VERBS, InvalidAnswer, ReviewerDecision, Verb

ANY_OBJECT: dict[str, Any] = {"type": "object"}
"""The schema of arguments of which nothing else is known."""


def verbs(named: Iterable[Any]) -> tuple[Verb, ...]:
    """The decisions we know among those a graph allows, in our order."""
    found = [name for name in named if isinstance(name, str)]
    return tuple(verb for verb in VERBS if verb in found)


def is_call(name: Any, args: Any) -> bool:
    return isinstance(name, str) and bool(name.strip()) and isinstance(args, Mapping)


def args_schema(schema: Any) -> dict[str, Any]:
    """The schema of a tool's arguments, as far as one is known and can be used."""
    return schema if schemas.is_usable(schema) else ANY_OBJECT


def pointer(at: str, name: str) -> str:
    return f"{at}/{name.replace('~', '~0').replace('/', '~1')}"


def text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def langchain_decision(
    action: Mapping[str, Any], decision: ReviewerDecision, *, at: str
) -> dict[str, Any]:
    """One decision in LangChain's words. An edit keeps the tool and replaces all arguments."""
    if decision["type"] == "edit":
        edited = {"name": action["name"], "args": decision["args"]}
        return {"type": "edit", "edited_action": edited}
    if decision["type"] == "respond":
        return {"type": "respond", "message": said(decision, at=at)}
    if decision["type"] == "reject" and decision.get("message"):
        return {"type": "reject", "message": decision["message"]}
    return {"type": decision["type"]}


def said(decision: ReviewerDecision, *, at: str) -> str:
    """The text a person answers with in a tool's place. Raises InvalidAnswer without one."""
    message = decision.get("message")
    if "value" in decision:
        raise InvalidAnswer({f"{at}/value": _("a response to a tool call is a text, in message")})
    if message is None or not message.strip():
        raise InvalidAnswer({f"{at}/message": _("a response to a tool call carries a text")})
    return message


def each(
    actions: Sequence[Mapping[str, Any]], decisions: Sequence[ReviewerDecision], translate: Any
) -> list[Any]:
    """All decisions translated; raises one InvalidAnswer with the faults of all of them."""
    told: list[Any] = []
    errors: dict[str, str] = {}
    for index, (action, decision) in enumerate(zip(actions, decisions, strict=True)):
        try:
            told.append(translate(action, decision, at=f"/{index}"))
        except InvalidAnswer as error:
            errors |= error.errors
    if errors:
        raise InvalidAnswer(errors)
    return told
