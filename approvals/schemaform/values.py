"""JSON values as the form handles them: what is absent, what could not be read, what is equal."""

from __future__ import annotations

import json
import re
from enum import Enum
from typing import Any, Final, TypeAlias

Json: TypeAlias = Any
"""A JSON value, or MISSING, or (inside a FormError) Unparsed text."""

_UNSTORABLE = re.compile("[\0\ud800-\udfff]")
_SURROGATE = re.compile("[\ud800-\udfff]")


class Missing(Enum):
    """No value at all, which JSON's null is not."""

    MISSING = "missing"

    def __bool__(self) -> bool:
        return False


MISSING: Final = Missing.MISSING


class Unparsed(str):
    """What a person typed and nobody could read, standing where its value belongs.

    It moves with the list item it was typed into, so an error survives "remove item".
    """

    message: str
    base: Json
    variant: int | None

    def __new__(cls, text: str, message: str = "", base: Json = MISSING) -> Unparsed:
        made = super().__new__(cls, text)
        made.message = message
        made.base = base
        made.variant = None
        return made

    def __deepcopy__(self, memo: dict[int, Any]) -> Unparsed:
        return self


def same(one: Json, other: Json) -> bool:
    """Equal to the last detail: 1, 1.0 and True are three values, and so are 0.0 and -0.0."""
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, float):
        return repr(one) == repr(other)
    return bool(one == other)


def is_scalar(value: Json) -> bool:
    return not isinstance(value, (dict, list))


def weight(value: Json) -> int:
    """How many plain values there are in all."""
    if isinstance(value, dict):
        return sum(map(weight, value.values()))
    return sum(map(weight, value)) if isinstance(value, list) else 1


def pretty(value: Json) -> str:
    """JSON for people to edit. Lone surrogates become escapes, which is still the same JSON."""
    return _escape(json.dumps(value, indent=2, ensure_ascii=False))


def compact(value: Json) -> str:
    return _escape(json.dumps(value, ensure_ascii=False))


def code(value: Json) -> str:
    """JSON in ASCII on one line: safe in any attribute and after any trip through a browser."""
    return json.dumps(value, separators=(",", ":"))


def shortened(text: str, limit: int) -> str:
    if len(text) <= limit:
        return text
    return f"{text[:limit]}… ({len(text) - limit:,} more characters)"


def as_submitted(text: str) -> str:
    """The text after a browser had it: one kind of line end, nothing HTML cannot hold."""
    return _UNSTORABLE.sub("\ufffd", text.replace("\r\n", "\n").replace("\r", "\n"))


def unstorable(text: str) -> bool:
    return bool(_UNSTORABLE.search(text))


def _escape(text: str) -> str:
    return _SURROGATE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
