"""What is typed again at critical risk, where no policy names a field."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from approvals.policy.places import children, places
from approvals.schemaform.pointers import child

_LONGEST = 80
"""Longer texts would be copied rather than typed."""


def usual(actions: Sequence[Mapping[str, Any]], masked: Sequence[str]) -> Iterator[str]:
    """Of each action the first number, else the first short text; the name of one without either.

    The pointer to an action itself, `""` or `/1`, stands for its name.
    """
    for at, action in enumerate(actions):
        first = f"/{at}" if len(actions) > 1 else ""
        yield first + _field(action["args"], masked)


def _field(args: Any, masked: Sequence[str]) -> str:
    if not isinstance(args, dict):
        return ""
    hidden = {place for pattern in masked for place in places(args, pattern)}
    open_to_all = {
        pointer: value
        for key, value in children(args)
        if (pointer := child("", key)) not in hidden
    }  # fmt: skip
    numbers = (pointer for pointer, value in open_to_all.items() if _is_number(value))
    texts = (pointer for pointer, value in open_to_all.items() if _is_short(value))
    return next(numbers, None) or next(texts, "")


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _is_short(value: Any) -> bool:
    return isinstance(value, str) and 0 < len(value.strip()) <= _LONGEST and "\n" not in value
