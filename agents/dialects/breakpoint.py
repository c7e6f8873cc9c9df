"""A static breakpoint: the graph asks nothing, it only stopped before a node.

A person continues, changes the state and continues, skips the node, or cancels. The answer is
no resume value but what to do with the thread.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from agents import schemas
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
from agents.jsonable import canonical

NAME = "breakpoint"
INTERRUPT_ID = "breakpoint"
SKIP = {"skip": True}


def matches(pause: Pause) -> bool:
    return pause.interrupt_id == INTERRUPT_ID


def read(pause: Pause) -> ReviewRequest:
    """`response_schema` of such a pause is the schema of the state, which may be edited."""
    return ReviewRequest(
        dialect=NAME,
        title=f"Continue with {words.cut(pause.node) or 'the next node'}?",
        summary="The graph stopped here because it was compiled or started with a breakpoint.",
        effect=f"Runs {words.cut(pause.node) or 'the next node'}.",
        actions=(state_action(pause, skippable=True),),
        state=pause.state,
        payload=pause.value,
    )


def state_action(pause: Pause, *, skippable: bool) -> Action:
    """The node that runs next, with the state it will see as its arguments."""
    return Action(
        name=pause.node,
        args=pause.state,
        schema=pause.response_schema if schemas.is_usable(pause.response_schema) else None,
        allowed=("approve", "edit", "reject", *(("respond",) if skippable else ())),
        response_schema={"const": SKIP} if skippable else None,
    )


def answer(asked: Asked, decisions: Sequence[ReviewerDecision], *, by: Reviewer) -> Any:
    """`{"continue": True}`, `{"update": what changed}`, `{"skip": True}` or `{"cancel": True}`."""
    decision, action = decisions[0], asked.actions[0]
    if decision["type"] == "edit":
        changed = _changed(action, decision["args"])
        return {"update": changed} if changed else {"continue": True}
    if decision["type"] == "respond":
        return questions.value_of(decision)
    return {"continue": True} if decision["type"] == "approve" else {"cancel": True}


def is_untouched(before: Mapping[str, Any], after: Mapping[str, Any], pointer: str) -> bool:
    """Whether the key of the state that a pointer leads into was left as it was."""
    key = pointer[1:].partition("/")[0].replace("~1", "/").replace("~0", "~")
    if key not in before or key not in after:
        return key not in before and key not in after
    return canonical(before[key]) == canonical(after[key])


def _changed(action: Any, args: Any) -> dict[str, Any]:
    """The keys whose values differ, 1 from True and 1.0 included. A key cannot be removed."""
    before = action["args"]
    known = before.keys() | (action["schema"] or {}).get("properties", {}).keys()
    errors = {
        tools.pointer("/0/args", name): _("is not part of the state")
        for name in args.keys() - known
    }
    errors |= {
        tools.pointer("/0/args", name): _("is missing: send the whole state")
        for name in before.keys() - args.keys()
    }
    if errors:
        raise InvalidAnswer(errors)
    return {
        name: value
        for name, value in args.items()
        if name not in before or canonical(value) != canonical(before[name])
    }
