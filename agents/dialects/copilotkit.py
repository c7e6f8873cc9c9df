"""CopilotKit's `copilotkit_interrupt`: a message, or an action with arguments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from agents.dialects import questions, tools, words
from agents.dialects.request import (
    Action,
    Asked,
    InvalidAnswer,
    Pause,
    Reviewer,
    ReviewerDecision,
    ReviewRequest,
)

NAME = "copilotkit"
_KEY = "__copilotkit_interrupt_value__"


def matches(pause: Pause) -> bool:
    return isinstance(pause.value, Mapping) and _KEY in pause.value


def read(pause: Pause) -> ReviewRequest:
    value = pause.value[_KEY]
    call = _call(value)
    name, args = call or (pause.node, value)
    return ReviewRequest(
        dialect=NAME,
        title=words.headline(name, args) if call else questions.title(value, pause.node),
        summary=words.summary(args) if call else "",
        description=value if isinstance(value, str) else "",
        actions=(Action(name=name, args=args, allowed=("respond",)),),
        state=pause.state,
        payload=pause.value,
    )


def answer(asked: Asked, decisions: Sequence[ReviewerDecision], *, by: Reviewer) -> Any:
    """What the person answered. The library reads a list as its own message objects and fails."""
    value = questions.value_of(decisions[0])
    if value is None or isinstance(value, list):
        raise InvalidAnswer(
            {"/0/value": _("answer with a text, a number, yes or no, or an object")}
        )
    return value


def _call(value: Any) -> tuple[str, Any] | None:
    if not isinstance(value, Mapping):
        return None
    name, args = value.get("action"), value.get("args")
    return (str(name), args) if tools.is_call(name, args) else None
