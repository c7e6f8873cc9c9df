"""Any other value passed to `interrupt()`: shown as it is, answered with any JSON value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from agents.dialects.request import (
    Action,
    InvalidAnswer,
    Pause,
    Reviewer,
    ReviewerDecision,
    ReviewRequest,
)

NAME = "plain"
_TITLE_KEYS = ("title", "question", "message", "prompt")
_TITLE_LENGTH = 120


def matches(pause: Pause) -> bool:
    return True


def read(pause: Pause) -> ReviewRequest:
    value, node = pause.value, pause.node
    return ReviewRequest(
        dialect=NAME,
        title=_title(value, node),
        summary=_text(value, "summary"),
        effect=_text(value, "effect"),
        description=_text(value, "description"),
        actions=(Action(name=node, args=value, schema=None, allowed=("respond",)),),
        state=pause.state,
        payload=value,
    )


def answer(
    actions: Sequence[Mapping[str, Any]],
    decisions: Sequence[ReviewerDecision],
    *,
    by: Reviewer,
    payload: Any = None,
) -> Any:
    """The value itself: the graph asked for it, nothing is wrapped around it."""
    if "value" not in decisions[0]:
        raise InvalidAnswer({"/0/value": "a response to this question carries a value"})
    return decisions[0]["value"]


def _text(value: Any, key: str) -> str:
    found = value.get(key) if isinstance(value, Mapping) else None
    return found if isinstance(found, str) else ""


def _title(value: Any, node: str) -> str:
    if isinstance(value, str) and value.strip():
        return _first_line(value)
    for key in _TITLE_KEYS:
        if found := _text(value, key).strip():
            return _first_line(found)
    return node.replace("_", " ").strip().capitalize() or "A question"


def _first_line(text: str) -> str:
    line = text.strip().splitlines()[0]
    return line if len(line) <= _TITLE_LENGTH else f"{line[: _TITLE_LENGTH - 1]}…"
