"""Turns whatever a graph holds into JSON that PostgreSQL and a browser can hold."""

from __future__ import annotations

import base64
import dataclasses
import json
import math
from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID

from pydantic import BaseModel

MAX_DEPTH = 100
"""Deeper values are shown as text: PostgreSQL and Python's json both give up somewhere below."""

MAX_BITS = 8_192
"""Longer integers are shown in base 16: Python refuses to write them in base 10."""


_canonical = json.JSONEncoder(
    sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
).encode


def canonical(value: Any) -> str:
    """The one text of a JSON value: sorted keys, no spaces, no NaN. What digests are made of."""
    return _canonical(value)


def visible(text: str) -> str:
    """Show what PostgreSQL cannot store (NUL, lone surrogates) as the escape a person can read."""
    if text.isascii() and "\0" not in text:
        return text
    return "".join(
        f"\\u{ord(char):04x}" if char == "\0" or "\ud800" <= char <= "\udfff" else char
        for char in text
    )


def to_json(value: Any, *, depth: int = 0) -> Any:
    """A JSON value that says the same as `value`.

    Decimals, dates, UUIDs become strings, bytes base64, sets sorted lists, models and
    dataclasses objects, NaN and infinities their names, anything unknown its `repr`.
    """
    if value is None or isinstance(value, bool):
        return value
    if depth > MAX_DEPTH:
        return f"… {type(value).__name__}, more than {MAX_DEPTH} levels deep"
    # Most values are these; whether they are models takes longer to ask than all the rest.
    if type(value) is str:
        return visible(value)
    if type(value) is dict:
        return _mapping(value, depth)
    if type(value) is list:
        return _items(value, depth)
    if isinstance(value, Enum):
        return to_json(value.value, depth=depth + 1)
    if isinstance(value, (str, int, float)):
        return _scalar(value)
    if isinstance(value, BaseModel):
        return _mapping(_fields(value), depth)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return _mapping({f.name: getattr(value, f.name) for f in dataclasses.fields(value)}, depth)
    if isinstance(value, Mapping):
        return _mapping(value, depth)
    if isinstance(value, (set, frozenset)):
        return sorted((to_json(item, depth=depth + 1) for item in value), key=canonical)
    if isinstance(value, (list, tuple)):
        return _items(value, depth)
    return _known(value)


def _scalar(value: str | int | float) -> str | int | float:
    if isinstance(value, str):
        return visible(str(value))
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else str(value)
    return int(value) if value.bit_length() < MAX_BITS else hex(value)


def _fields(model: BaseModel) -> dict[str, Any]:
    return {name: getattr(model, name) for name in type(model).model_fields} | dict(
        model.model_extra or {}
    )


def _mapping(value: Mapping[Any, Any], depth: int) -> dict[str, Any]:
    return {_key(key): to_json(item, depth=depth + 1) for key, item in value.items()}


def _key(key: Any) -> str:
    if type(key) is str:
        return visible(key)
    plain = to_json(key)
    return plain if isinstance(plain, str) else canonical(plain)


def _items(value: Iterable[Any], depth: int) -> list[Any]:
    return [to_json(item, depth=depth + 1) for item in value]


def _known(value: Any) -> str:
    if isinstance(value, (datetime, date, time)):
        return value.isoformat()
    if isinstance(value, (Decimal, UUID, timedelta)):
        return str(value)
    if isinstance(value, (bytes, bytearray, memoryview)):
        return base64.b64encode(bytes(value)).decode()
    try:
        return visible(repr(value))
    except Exception:
        return f"<{type(value).__name__}>"
