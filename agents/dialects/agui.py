"""AG-UI: a dict with `reason`, `message`, `toolCallId`, `responseSchema`, `expiresAt`.

Both spellings count, as in ag-ui-langgraph. `{"reason", "message"}` alone could be anybody's: it
is read the same and cannot be cancelled, since a graph of another kind would take the
cancellation, an object like any other, for a yes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from agents import schemas
from agents.dialects import questions, words
from agents.dialects.request import (
    Action,
    Asked,
    Pause,
    Reviewer,
    ReviewerDecision,
    ReviewRequest,
    Verb,
)
from agents.moments import read_moment

NAME = "agui"
_SPELLINGS = {
    "reason": ("reason",),
    "message": ("message",),
    "call": ("toolCallId", "tool_call_id"),
    "schema": ("responseSchema", "response_schema"),
    "expiry": ("expiresAt", "expires_at"),
}


def matches(pause: Pause) -> bool:
    if not isinstance(pause.value, Mapping):
        return False
    found = _fields(pause.value)
    says = {"reason", "message"} & found.keys()
    return bool(says) and all(map(_is_valid, found.keys(), found.values())) and len(found) > 1


def read(pause: Pause) -> ReviewRequest:
    value, found = pause.value, _fields(pause.value)
    action = Action(
        name=pause.node,
        args=value,
        allowed=_allowed(pause, found),
        response_schema=found.get("schema"),
    )
    return ReviewRequest(
        dialect=NAME,
        title=words.first_line(found.get("message", ""))
        or words.human(found.get("reason", ""))
        or questions.title(value, pause.node),
        summary=words.cut(found.get("reason", "")),
        description=found.get("message", ""),
        actions=(action,),
        state=pause.state,
        payload=value,
        deadline_seconds=_seconds_left(found.get("expiry")),
    )


def answer(asked: Asked, decisions: Sequence[ReviewerDecision], *, by: Reviewer) -> Any:
    """The payload itself, or AG-UI's word for a cancelled interrupt."""
    if decisions[0]["type"] == "reject":
        return _cancelled(asked.interrupt_id)
    return questions.value_of(decisions[0])


def _fields(value: Mapping[str, Any]) -> dict[str, Any]:
    """What is there, by our names; null is absent."""
    spelled = {
        field: next((value[name] for name in names if value.get(name) is not None), None)
        for field, names in _SPELLINGS.items()
    }
    return {field: found for field, found in spelled.items() if found is not None}


def _is_valid(field: str, value: Any) -> bool:
    if field == "schema":
        return schemas.is_usable(value)
    if not isinstance(value, str):
        return False
    return field != "expiry" or read_moment(value) is not None


def _allowed(pause: Pause, found: Mapping[str, Any]) -> tuple[Verb, ...]:
    """A graph whose own schema refuses the cancellation would break on it."""
    is_theirs = bool({"call", "schema", "expiry"} & found.keys())
    refused = schemas.is_usable(pause.response_schema) and schemas.validate(
        pause.response_schema, _cancelled(pause.interrupt_id)
    )
    return ("reject", "respond") if is_theirs and not refused else ("respond",)


def _cancelled(interrupt_id: str) -> dict[str, Any]:
    return {"__agui_cancelled__": True, "interrupt_id": interrupt_id}


def _seconds_left(expiry: str | None) -> float | None:
    moment = read_moment(expiry) if expiry else None
    if moment is None:
        return None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, (aware - datetime.now(UTC)).total_seconds())
