"""JSON values laid out for reading."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

MAX_DEPTH = 4
MAX_ITEMS = 100
MAX_COLUMNS = 6


@dataclass(frozen=True, kw_only=True)
class Node:
    """One value: `kind` is text, number, mark (true, false, none), map, list, table or json.

    The items of a table are its rows, each a map of the same keys.
    """

    kind: str
    text: str = ""
    items: tuple[tuple[str, Node], ...] = ()

    @property
    def columns(self) -> list[str]:
        return [key for key, _ in self.items[0][1].items]


def describe(value: Any, *, depth: int = 0) -> Node:
    """The tree a template walks; what is too deep or too long for it is shown as JSON text."""
    if value is None or isinstance(value, bool):
        return Node(kind="mark", text={None: _("none"), True: _("yes"), False: _("no")}[value])
    if isinstance(value, (int, float)):
        return Node(kind="number", text=json.dumps(value))
    if isinstance(value, str):
        return Node(kind="text", text=value)
    if not value:
        return Node(kind="mark", text=_("empty"))
    if depth >= MAX_DEPTH or len(value) > MAX_ITEMS:
        return Node(kind="json", text=as_json(value))
    if isinstance(value, dict):
        pairs = tuple((str(key), describe(item, depth=depth + 1)) for key, item in value.items())
        return Node(kind="map", items=pairs)
    kind = "table" if _is_table(value) else "list"
    return Node(kind=kind, items=tuple(("", describe(item, depth=depth + 1)) for item in value))


def _is_table(items: list[Any]) -> bool:
    """Two or more objects with the same few plain fields read better side by side."""
    first = items[0]
    if not isinstance(first, dict) or not 1 < len(first) <= MAX_COLUMNS or len(items) < 2:
        return False
    return all(
        isinstance(item, dict)
        and list(item) == list(first)
        and not any(isinstance(value, (dict, list)) for value in item.values())
        for item in items
    )


def as_json(value: Any) -> str:
    """Readable JSON text; where Python's json gives up on depth, it says so."""
    try:
        return json.dumps(value, indent=2, ensure_ascii=False)
    except RecursionError:
        return _("… nested too deeply to show")


def inline(value: Any) -> str:
    """One value as one text, for a table of changes. Numbers are exact."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def without_empty(value: Any) -> Any:
    """A state without the fields nobody filled: what is left is worth reading."""
    if not isinstance(value, dict):
        return value
    return {key: item for key, item in value.items() if item not in (None, "", [], {})}
