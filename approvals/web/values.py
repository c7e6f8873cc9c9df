"""JSON values laid out for reading."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

MAX_DEPTH = 4
MAX_ITEMS = 100
MAX_TEXT = 20_000


@dataclass(frozen=True, kw_only=True)
class Node:
    """One value: `kind` is text, number, mark (true, false, none), map, list or json."""

    kind: str
    text: str = ""
    items: tuple[tuple[str, Node], ...] = ()


def describe(value: Any, *, depth: int = 0) -> Node:
    """The tree a template walks; what is too deep or too long for it is shown as JSON text."""
    if value is None or isinstance(value, bool):
        return Node(kind="mark", text={None: "none", True: "yes", False: "no"}[value])
    if isinstance(value, (int, float)):
        return Node(kind="number", text=json.dumps(value))
    if isinstance(value, str):
        return Node(kind="text", text=_short(value))
    if not value:
        return Node(kind="mark", text="empty")
    if depth >= MAX_DEPTH or len(value) > MAX_ITEMS:
        return Node(kind="json", text=as_json(value))
    if isinstance(value, dict):
        pairs = tuple((str(key), describe(item, depth=depth + 1)) for key, item in value.items())
        return Node(kind="map", items=pairs)
    return Node(kind="list", items=tuple(("", describe(item, depth=depth + 1)) for item in value))


def as_json(value: Any) -> str:
    """Readable JSON text; where Python's json gives up on depth, it says so."""
    try:
        return _short(json.dumps(value, indent=2, ensure_ascii=False))
    except RecursionError:
        return "… nested too deeply to show"


def inline(value: Any) -> str:
    """One value in one line, for a table of changes."""
    if isinstance(value, str):
        return _short(value)
    return _short(json.dumps(value, ensure_ascii=False))


def _short(text: str) -> str:
    return text if len(text) <= MAX_TEXT else f"{text[:MAX_TEXT]}… ({len(text):,} characters)"


def without_empty(value: Any) -> Any:
    """A state without the fields nobody filled: what is left is worth reading."""
    if not isinstance(value, dict):
        return value
    return {key: item for key, item in value.items() if item not in (None, "", [], {})}
