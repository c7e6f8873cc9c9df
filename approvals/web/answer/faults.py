"""What a service had against an answer, put where the reviewer typed it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace

from approvals.exceptions import ApprovalsError
from approvals.policy.reasons import KEY
from approvals.web.answer.drafts import Draft, Part

_ABOUT = {"args": "args", "value": "value", "message": "value", "type": "verb", KEY: KEY}


def told(draft: Draft, error: ApprovalsError, *, is_each: bool = False) -> Draft:
    """The draft with every fault at its action and field; what has no place there is said once.

    Unless each action was decided by itself, a reason was to be chosen once, for all of them.
    """
    placed: dict[int, dict[str, str]] = defaultdict(dict)
    rest: dict[str, str] = {}
    for fault in error.errors:
        at = fault["pointer"]
        if at.startswith("/decisions/"):
            at = at.removeprefix("/decisions") if is_each else f"/{KEY}"
        index, _, inside = at.removeprefix("/").partition("/")
        if index.isdecimal() and int(index) < len(draft.parts):
            placed[int(index)][inside] = fault["message"]
        else:
            rest[at] = fault["message"]
    for index, faults in placed.items():
        part = draft.parts[index]
        for inside, message in faults.items():
            part = _with_fault(part, inside, message)
        draft = replace(draft, parts=(*draft.parts[:index], part, *draft.parts[index + 1 :]))
    return replace(draft, problems=rest if error.errors else {"": error.detail})


def _with_fault(part: Part, inside: str, message: str) -> Part:
    """`inside` is a pointer into a decision, without its first slash: "args/to", "message"."""
    what, _, place = inside.partition("/")
    if place and what == "args":
        errors = {**part.edit.errors, f"/{place}": message}
        return replace(part, edit=replace(part.edit, errors=errors))
    if place and what == "value":
        errors = {**part.answer.errors, f"/{place}": message}
        return replace(part, answer=replace(part.answer, errors=errors))
    return replace(part, problems={**part.problems, _ABOUT.get(what, "verb"): message})
