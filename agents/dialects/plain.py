"""Any other value passed to `interrupt()`: shown as it is, answered with any JSON value."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from agents.dialects import questions
from agents.dialects.request import Action, Asked, Pause, Reviewer, ReviewerDecision, ReviewRequest

NAME = "plain"


def matches(pause: Pause) -> bool:
    return True


def read(pause: Pause) -> ReviewRequest:
    value = pause.value
    return ReviewRequest(
        dialect=NAME,
        title=questions.title(value, pause.node),
        summary=questions.text(value, "summary"),
        effect=questions.text(value, "effect"),
        description=questions.text(value, "description"),
        actions=(Action(name=pause.node, args=value, allowed=("respond",)),),
        state=pause.state,
        payload=value,
    )


def answer(asked: Asked, decisions: Sequence[ReviewerDecision], *, by: Reviewer) -> Any:
    """The value itself: the graph asked for it, nothing is wrapped around it."""
    return questions.value_of(decisions[0])
