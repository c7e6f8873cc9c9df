"""langvel's own notes in a thread: marks of running steps, verdicts, stops. Never shown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from langvel.core.request import resolve
from langvel.routing.plan import Question
from langvel.state.base import StateModel
from langvel.state.private import PRIVATE

VERDICT = "verdict"
ASKED = "asked"


def read_notes(values: Mapping[str, Any]) -> dict[str, Any]:
    return dict(values.get(PRIVATE) or {})


def mark_key(node: str) -> str:
    """A step's wish to be gated; holds its words for the question."""
    return f"mark:{node}"


def stop_key(arm: str) -> str:
    """There once the arm's end was reached; whether a rejection forbids what follows the join."""
    return f"stop:{arm}"


def wrote_key(arm: str, field: str) -> str:
    """That a step in this parallel arm wrote the field."""
    return f"wrote:{arm}:{field}"


def round_key(loop: str) -> str:
    """How many rounds of a loop have begun."""
    return f"round:{loop}"


def refused_key(loop: str) -> str:
    """Whether a rejection led to this loop's condition."""
    return f"refused:{loop}"


def verdict_of(values: Mapping[str, Any]) -> str | None:
    """What a person said by setting the state of a paused thread.

    `approved=False` set on purpose is a refusal; as a mere default it says nothing. So the act is
    noted, not only the value.
    """
    if values.get("rejected") is True or values.get("approved") is False:
        return "rejected"
    return "approved" if values.get("approved") is True else None


def mark_of(question: Question, state: StateModel) -> dict[str, Any]:
    """A running step's words as data that can be stored; its texts are taken literally."""
    literal = {name: value for name, value in vars(question).items() if isinstance(value, str)}
    functions = Question(
        **{name: value for name, value in vars(question).items() if name not in literal}
    )
    found = {**resolve(functions, state), **literal}
    if "editable" in found:
        found["editable"] = list(found["editable"])
    return found
