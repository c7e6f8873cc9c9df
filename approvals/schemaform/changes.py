"""What a person changed: a list to read, and the same as a JSON Patch (RFC 6902)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from approvals.schemaform.align import align
from approvals.schemaform.pointers import child
from approvals.schemaform.values import MISSING, Json, same


@dataclass(frozen=True)
class Change:
    """One difference. MISSING stands for the side where there is no value.

    In a list of changes, a pointer counts as it is once all earlier changes are made.
    """

    pointer: str
    before: Json
    after: Json
    kind: Literal["changed", "added", "removed"]


def diff(before: Json, after: Json) -> list[Change]:
    """The changes that make `after` of `before`. An inserted list item is one change."""
    return list(_changes("", before, after))


def patch(before: Json, after: Json) -> list[dict[str, Any]]:
    """The same changes as RFC 6902 operations."""
    return [_operation(change) for change in diff(before, after)]


def _operation(change: Change) -> dict[str, Any]:
    if change.kind == "removed":
        return {"op": "remove", "path": change.pointer}
    verb = "add" if change.kind == "added" else "replace"
    return {"op": verb, "path": change.pointer, "value": change.after}


def _changes(pointer: str, before: Json, after: Json) -> Iterator[Change]:
    if isinstance(before, dict) and isinstance(after, dict):
        yield from _in_object(pointer, before, after)
    elif isinstance(before, list) and isinstance(after, list):
        yield from _in_list(pointer, before, after)
    elif not same(before, after):
        yield Change(pointer, before, after, "changed")


def _in_object(pointer: str, before: dict[str, Json], after: dict[str, Json]) -> Iterator[Change]:
    for key in before:
        if key in after:
            yield from _changes(child(pointer, key), before[key], after[key])
        else:
            yield Change(child(pointer, key), before[key], MISSING, "removed")
    for key in after:
        if key not in before:
            yield Change(child(pointer, key), MISSING, after[key], "added")


def _in_list(pointer: str, before: list[Json], after: list[Json]) -> Iterator[Change]:
    """Removals from the end, additions from the start: each pointer is right when its turn comes."""
    origin = align(before, after)
    kept = set(origin)
    for index in range(len(before) - 1, -1, -1):
        if index not in kept:
            yield Change(child(pointer, index), before[index], MISSING, "removed")
    for index, was in enumerate(origin):
        if was is None:
            yield Change(child(pointer, index), MISSING, after[index], "added")
    for index, was in enumerate(origin):
        if was is not None:
            yield from _changes(child(pointer, index), before[was], after[index])
