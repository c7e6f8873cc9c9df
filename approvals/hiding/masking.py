"""Values that a policy hides: masked before a question is written down, put back when it is decided.

The columns everybody reads hold masks, so no page, list, socket, search or export can forget to
hide. What was masked is kept in `Interrupt.secrets`, which only this module opens.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from agents.dialects.request import ReviewerDecision
from agents.jsonable import canonical
from approvals.exceptions import InvalidDecision
from approvals.policy.places import children, places
from approvals.schemaform.pointers import child, lookup, tokens
from approvals.schemaform.values import MISSING, same

if TYPE_CHECKING:
    from approvals.models import Interrupt

MASK = "••••"
"""The first hidden value; others carry a number, so that each is known wherever it is moved."""

VIEW_MASKED = "approvals.view_masked"
NEW = f"{MASK} (new)"
_TEXTS = ("title", "summary", "effect", "description")
_SHORTEST = 4
"""Shorter values would be found in texts by chance."""

_AGAIN = _("•••• stands for a hidden value: leave it where it is, or write another value.")
_MASKS = re.compile(re.escape(MASK) + r"( \d+)?")


def is_mask(value: Any) -> bool:
    """Whether a value that is shown stands for a hidden one."""
    return isinstance(value, str) and MASK in value


class Veil:
    """The masks of one question."""

    def __init__(self, patterns: Iterable[str]) -> None:
        self._patterns = tuple(patterns)
        self._masks: dict[str, str] = {}
        self._texts: dict[str, str] = {}

    def over_args(self, args: Any) -> Any:
        return self._over(args, self._patterns)

    def over_anything(self, value: Any) -> Any:
        """A value that may hold the arguments at any depth, or quote them."""
        anywhere = [f"**{'' if one.startswith('/') else '/'}{one}" for one in self._patterns]
        return self._quoting(self._over(value, anywhere))

    def over_text(self, text: str) -> str:
        for secret, mask in sorted(self._texts.items(), key=lambda pair: -len(pair[0])):
            text = text.replace(secret, mask)
        return text

    def _over(self, value: Any, patterns: Iterable[str]) -> Any:
        covered = copy.deepcopy(value)
        for pattern in patterns:
            for pointer in places(value, pattern):
                covered = _with(covered, pointer, self._masked(lookup(covered, pointer)))
        return covered

    def _masked(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {key: self._masked(inner) for key, inner in value.items()}
        if isinstance(value, list):
            return [self._masked(inner) for inner in value]
        if value is None or value == "" or value in self._masks.values():
            return value
        number = len(self._masks) + 1
        mask = self._masks.setdefault(canonical(value), MASK if number == 1 else f"{MASK} {number}")
        if not isinstance(value, bool) and len(str(value)) >= _SHORTEST:
            self._texts[str(value)] = mask
        return mask

    def _quoting(self, value: Any) -> Any:
        if isinstance(value, str):
            return self.over_text(value)
        if isinstance(value, dict):
            return {key: self._quoting(inner) for key, inner in value.items()}
        return [self._quoting(inner) for inner in value] if isinstance(value, list) else value


def hide(columns: Mapping[str, Any], patterns: Sequence[str]) -> dict[str, Any]:
    """The columns of a question with masks in them, and `secrets`: those that were changed."""
    if not patterns:
        return {**columns, "secrets": None}
    veil = Veil(patterns)
    actions = [{**one, "args": veil.over_args(one["args"])} for one in columns["actions"]]
    covered = {
        "actions": actions,
        "state": veil.over_anything(columns["state"]),
        "request": veil.over_anything(columns["request"]),
    }
    texts = {name: veil.over_text(columns[name]) for name in _TEXTS}
    hidden = {**columns, **covered, **texts}
    secrets = {name: columns[name] for name in hidden if not same(hidden[name], columns[name])}
    return {**hidden, "secrets": secrets or None}


def revealed(question: Interrupt) -> Interrupt:
    """The question as the agent asked it; what was hidden is in an object that is never saved."""
    if not question.secrets:
        return question
    whole = copy.copy(question)
    for name, value in question.secrets.items():
        setattr(whole, name, value)
    return whole


def masks_of(question: Interrupt) -> list[str]:
    found: list[str] = question.policy.get("masked", [])
    return found


def put_back(
    question: Interrupt, decisions: Sequence[ReviewerDecision]
) -> Sequence[ReviewerDecision]:
    """The decisions with the hidden values in the place of their masks.

    Raises InvalidDecision for a mask where no value was hidden: it must reach no graph.
    """
    patterns = masks_of(question)
    if not patterns:
        return decisions
    errors: dict[str, str] = {}
    restored = []
    for index, decision in enumerate(decisions):
        if not isinstance(decision, Mapping) or index >= len(question.actions):
            return decisions
        if isinstance(decision.get("args"), Mapping):
            args, faults = _put_back(question, index, decision["args"])
            errors |= {f"/{index}/args{pointer}": text for pointer, text in faults.items()}
            decision = {**decision, "args": args}
        elif MASK in canonical(decision.get("value")):
            errors[f"/{index}/value"] = _AGAIN
        restored.append(decision)
    if errors:
        raise InvalidDecision(errors=errors)
    return restored


def _put_back(question: Interrupt, index: int, args: Any) -> tuple[Any, dict[str, str]]:
    shown, whole = question.actions[index]["args"], revealed(question).actions[index]["args"]
    known = {
        lookup(shown, pointer): lookup(whole, pointer)
        for pointer in _leaves(shown)
        if not same(lookup(shown, pointer), lookup(whole, pointer))
    }
    hidden = _hidden_leaves(args, masks_of(question))
    faults = {}
    for pointer in _leaves(args):
        text = lookup(args, pointer)
        if not isinstance(text, str) or MASK not in text or text == lookup(whole, pointer):
            continue
        if pointer in hidden and text in known:
            args = _with(args, pointer, known[text])
        else:
            faults[pointer] = _AGAIN
    return args, faults


def as_shown(
    question: Interrupt, decisions: Sequence[ReviewerDecision]
) -> Sequence[ReviewerDecision]:
    """The decisions as the record keeps them: nothing hidden in them, be it new."""
    patterns = masks_of(question)
    return [
        {**one, "args": _covered(one["args"], patterns)} if patterns and "args" in one else one
        for one in decisions
    ]


def _covered(args: Any, patterns: Sequence[str]) -> Any:
    for pointer in _hidden_leaves(args, patterns):
        value = lookup(args, pointer)
        is_mask = isinstance(value, str) and _MASKS.fullmatch(value)
        if value not in (None, "") and not is_mask:
            args = _with(args, pointer, NEW)
    return args


def _hidden_leaves(value: Any, patterns: Iterable[str]) -> set[str]:
    return {
        at + inner
        for pattern in patterns
        for at, found in places(value, pattern).items()
        for inner in _leaves(found)
    }


def _leaves(value: Any, at: str = "") -> list[str]:
    if isinstance(value, (dict, list)):
        return [leaf for key, inner in children(value) for leaf in _leaves(inner, child(at, key))]
    return [at]


def _with(value: Any, pointer: str, new: Any) -> Any:
    """A copy of the value with something else in one place."""
    if not pointer:
        return new
    key, rest = tokens(pointer)[0], pointer[1:].partition("/")
    inner = f"/{rest[2]}" if rest[1] else ""
    if isinstance(value, dict) and key in value:
        return {**value, key: _with(value[key], inner, new)}
    if isinstance(value, list) and lookup(value, f"/{key}") is not MISSING:
        at = int(key)
        return [*value[:at], _with(value[at], inner, new), *value[at + 1 :]]
    return value
