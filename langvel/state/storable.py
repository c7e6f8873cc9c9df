"""Can a checkpoint hold this value? Asked where it is written, so that the error names the field.

The saver would find out too, but in the middle of all fields, and only says a type.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import Enum
from math import isfinite
from typing import Any

from langgraph.types import Overwrite
from pydantic import BaseModel

from langvel.checkpointers.serializer import strict_serializer
from langvel.exceptions import NotStorable

_serializer = strict_serializer()


def require_storable(writes: Mapping[str, Any]) -> None:
    """Raises NotStorable for the first field whose value no checkpoint can hold."""
    for name, value in writes.items():
        written = value.value if isinstance(value, Overwrite) else value
        if reason := _obstacle_in_number(written) or _obstacle(written):
            raise NotStorable(name, reason)


def _obstacle(value: Any) -> str | None:
    """Plain data is judged here; anything else by the serializer itself."""
    if value is None or isinstance(value, (bool, float, bytes)):
        return None
    if isinstance(value, str):
        return _obstacle_in_text(value)
    if type(value) is int:
        return None if -(2**63) <= value < 2**64 else "an integer of more than 64 bits"
    if isinstance(value, BaseModel):
        return _first(vars(value).values())
    if isinstance(value, dict):
        return _first([*value.keys(), *value.values()])
    if isinstance(value, (list, tuple, set, frozenset)):
        return _first(value)
    if isinstance(value, Enum) and isinstance(value.value, tuple):
        return f"{value}: its value is a tuple, which would come back as a list"
    try:
        _serializer.dumps_typed(value)
    except Exception as error:
        return f"{type(value).__name__}: {error}"
    return None


def _obstacle_in_number(value: Any) -> str | None:
    """PostgreSQL's JSON has neither; within a list or a dict they are kept as bytes."""
    is_odd = isinstance(value, float) and not isfinite(value)
    return "a number that is infinite or NaN, outside a list or dict" if is_odd else None


def _first(values: Iterable[Any]) -> str | None:
    return next((reason for reason in map(_obstacle, values) if reason), None)


def _obstacle_in_text(text: str) -> str | None:
    """PostgreSQL holds neither; without the check the same code would pass in memory."""
    if "\x00" in text:
        return "text with a NUL character"
    try:
        text.encode()
    except UnicodeEncodeError:
        return "text with half of a surrogate pair"
    return None
