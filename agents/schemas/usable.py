"""Schemas come from graphs and from strangers; one that cannot be checked against is none."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from agents.jsonable import MAX_DEPTH


def is_usable(schema: Any) -> bool:
    """Whether a value can be held against this schema without fetching anything."""
    if not isinstance(schema, dict) or not schema:
        return False
    try:
        Draft202012Validator.check_schema(schema)
        resource: Resource[Any] = DRAFT202012.create_resource(schema)
        resolver = Registry().with_resource("", resource).resolver()
        for reference in _references(schema):
            resolver.lookup(reference)
    except Exception:
        return False
    return True


def _references(schema: Any, depth: int = 0) -> Iterator[str]:
    if depth > 2 * MAX_DEPTH:
        raise RecursionError
    if isinstance(schema, dict):
        if isinstance(schema.get("$ref"), str):
            yield schema["$ref"]
        for part in schema.values():
            yield from _references(part, depth + 1)
    elif isinstance(schema, list):
        for part in schema:
            yield from _references(part, depth + 1)
