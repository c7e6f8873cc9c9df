"""Where in a JSON value the fields are that a policy names."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from typing import Any

from approvals.schemaform.pointers import child, tokens

ANYWHERE = "**"


def places(value: Any, pattern: str) -> dict[str, Any]:
    """The pointers that exist in a value and fit a pattern, with what stands there.

    A pattern is a pointer whose parts are globs; `**` stands for any number of parts.
    """
    rooted = pattern if pattern.startswith("/") else f"/{pattern}"
    return dict(_walk(value, tokens(rooted), ""))


def _walk(value: Any, parts: Sequence[str], at: str) -> Iterator[tuple[str, Any]]:
    if not parts:
        yield at, value
        return
    head, rest = parts[0], parts[1:]
    if head == ANYWHERE:
        yield from _walk(value, rest, at)
    for key, inner in children(value):
        if head == ANYWHERE:
            yield from _walk(inner, parts, child(at, key))
        elif fnmatchcase(str(key), head):
            yield from _walk(inner, rest, child(at, key))


def children(value: Any) -> Iterator[tuple[str | int, Any]]:
    if isinstance(value, dict):
        yield from value.items()
    elif isinstance(value, list):
        yield from enumerate(value)
