"""The gate of the langvel library: one action, the step that follows, its args the editable state."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from agents.dialects import questions, tools
from agents.dialects.request import (
    ON_TIMEOUT,
    RISKS,
    Action,
    Asked,
    InvalidAnswer,
    Pause,
    Reviewer,
    ReviewerDecision,
    ReviewRequest,
)

NAME = "langvel"
LONGEST_DEADLINE = 100 * 365 * 86_400
"""Seconds. What is later than a hundred years from now is no deadline."""


def matches(pause: Pause) -> bool:
    value = pause.value
    if not isinstance(value, Mapping) or value.get("langvel") != 1:
        return False
    action, allowed = value.get("action"), value.get("allowed")
    return (
        isinstance(action, Mapping)
        and tools.is_call(action.get("name"), action.get("args"))
        and isinstance(action.get("schema"), Mapping)
        and isinstance(allowed, list)
        and bool(allowed)
        and all(verb in ("approve", "edit", "reject") for verb in allowed)
    )


def read(pause: Pause) -> ReviewRequest:
    value = pause.value
    action, state = value["action"], value.get("state")
    on_timeout = value.get("on_timeout")
    return ReviewRequest(
        dialect=NAME,
        title=questions.text(value, "title") or action["name"],
        summary=questions.text(value, "summary"),
        effect=questions.text(value, "effect"),
        description=questions.text(value, "description"),
        actions=(
            Action(
                name=action["name"],
                args=action["args"],
                schema=action["schema"],
                allowed=tuple(value["allowed"]),
            ),
        ),
        state=state if state and isinstance(state, dict) else pause.state,
        payload=value,
        risk=_risk(value.get("risk")),
        deadline_seconds=_seconds(value.get("deadline")),
        on_timeout=on_timeout if on_timeout in ON_TIMEOUT else "",
    )


def _risk(named: Any) -> str:
    """A word that means nothing here was still meant to say something."""
    if named is None:
        return ""
    return named if named in RISKS else "medium"


def answer(asked: Asked, decisions: Sequence[ReviewerDecision], *, by: Reviewer) -> Any:
    """The gate's decision object. Arguments that the gate did not offer are refused.

    It carries the digest of the question it answers, so that the gate takes it for no other.
    """
    decision, offered = decisions[0], asked.actions[0]["args"]
    told: dict[str, Any] = {"type": decision["type"], "message": decision.get("message") or None}
    if decision["type"] == "edit":
        if unknown := set(decision["args"]) - set(offered):
            raise InvalidAnswer(_at(unknown, _("is not offered for editing")))
        if missing := set(offered) - set(decision["args"]):
            raise InvalidAnswer(_at(missing, _("is missing: send the whole arguments")))
        told["args"] = decision["args"]
    if isinstance(asked.payload, Mapping) and isinstance(asked.payload.get("digest"), str):
        told["digest"] = asked.payload["digest"]
    return told | {"by": by.name, "at": by.at}


def _at(names: Iterable[str], message: str) -> dict[str, str]:
    return {tools.pointer("/0/args", name): message for name in names}


def _seconds(deadline: Any) -> float | None:
    """A number of seconds that a date can be moved by."""
    is_number = isinstance(deadline, (int, float)) and not isinstance(deadline, bool)
    return deadline if is_number and 0 <= deadline <= LONGEST_DEADLINE else None


def place(pointer: str) -> str:
    """Where in the decisions stands what is at `pointer` of the resume value."""
    return f"/0{pointer}"
