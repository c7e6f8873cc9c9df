"""The gate of the langvel library: one action, the step that follows, its args the editable state."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from agents.dialects.request import (
    RISKS,
    Action,
    InvalidAnswer,
    Pause,
    Reviewer,
    ReviewerDecision,
    ReviewRequest,
)

NAME = "langvel"


def matches(pause: Pause) -> bool:
    value = pause.value
    if not isinstance(value, Mapping) or value.get("langvel") != 1:
        return False
    action, allowed = value.get("action"), value.get("allowed")
    return (
        isinstance(action, Mapping)
        and isinstance(action.get("name"), str)
        and isinstance(action.get("args"), Mapping)
        and isinstance(action.get("schema"), Mapping)
        and isinstance(allowed, list)
        and bool(allowed)
        and set(allowed) <= {"approve", "edit", "reject"}
    )


def read(pause: Pause) -> ReviewRequest:
    value = pause.value
    action = value["action"]
    return ReviewRequest(
        dialect=NAME,
        title=value.get("title") or action["name"],
        summary=value.get("summary") or "",
        effect=value.get("effect") or "",
        description=value.get("description") or "",
        actions=(
            Action(
                name=action["name"],
                args=action["args"],
                schema=action["schema"],
                allowed=tuple(value["allowed"]),
            ),
        ),
        state=value.get("state") or pause.state,
        payload=value,
        risk=value["risk"] if value.get("risk") in RISKS else "medium",
        deadline_seconds=value.get("deadline"),
    )


def answer(
    actions: Sequence[Mapping[str, Any]],
    decisions: Sequence[ReviewerDecision],
    *,
    by: Reviewer,
    payload: Any = None,
) -> Any:
    """The gate's decision object. Arguments that the gate did not offer are refused.

    It carries the digest of the question it answers, so that the gate takes it for no other.
    """
    decision, offered = decisions[0], actions[0]["args"]
    told: dict[str, Any] = {"type": decision["type"], "message": decision.get("message") or None}
    if decision["type"] == "edit":
        if unknown := set(decision["args"]) - set(offered):
            raise InvalidAnswer(
                {f"/0/args/{name}": "is not offered for editing" for name in unknown}
            )
        if missing := set(offered) - set(decision["args"]):
            raise InvalidAnswer(
                {f"/0/args/{name}": "is missing: send the whole arguments" for name in missing}
            )
        told["args"] = decision["args"]
    if isinstance(payload, Mapping) and isinstance(payload.get("digest"), str):
        told["digest"] = payload["digest"]
    return told | {"by": by.name, "at": by.at}
