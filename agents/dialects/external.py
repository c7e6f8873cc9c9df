"""What a program asked by the API, without a graph: its answer goes back as it was decided."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from agents.dialects.request import Asked, InvalidAnswer, Reviewer, ReviewerDecision

NAME = "request"


def answer(asked: Asked, decisions: Sequence[ReviewerDecision], *, by: Reviewer) -> Any:
    """One entry an action: its name, the verb, and the arguments to act with, edited or not."""
    for index, decision in enumerate(decisions):
        if decision["type"] == "respond" and "value" not in decision:
            raise InvalidAnswer(
                {f"/{index}/value": _("a response to this question carries a value")}
            )
    return [
        _told(action, decision) for action, decision in zip(asked.actions, decisions, strict=True)
    ]


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
