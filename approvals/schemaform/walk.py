"""Finding the field a pointer names, and changing the value there."""

from __future__ import annotations

from approvals.schemaform.align import align
from approvals.schemaform.bases import property_field
from approvals.schemaform.classify import Schemas
from approvals.schemaform.fields import Field
from approvals.schemaform.pointers import index, step, tokens
from approvals.schemaform.values import MISSING, Json
from approvals.schemaform.variants import choose


def field_at(schemas: Schemas, value: Json, pointer: str) -> Field | None:
    """The field of a place in this value, through the alternatives the value has taken.

    The last step does not enter a union: the place itself is the union.
    """
    field = schemas.field(schemas.root)
    for token in tokens(pointer):
        entered = _inside(schemas, taken(schemas, field, value), token)
        if entered is None:
            return None
        field, value = entered, step(value, token)
    return field


def original_at(original: Json, value: Json, pointer: str) -> Json:
    """What the agent had proposed for a place, whose list items may have moved since."""
    for token in tokens(pointer):
        if isinstance(original, list) and isinstance(value, list):
            at = index(token, len(value))
            was = None if at is None else align(original, value)[at]
            original = MISSING if was is None else original[was]
        else:
            original = original.get(token, MISSING) if isinstance(original, dict) else MISSING
        value = step(value, token)
    return original


def replaced(value: Json, pointer: str, new: Json) -> Json:
    """A copy with `new` at the pointer; MISSING takes the place away. Unknown places: unchanged.

    Only the containers on the way are copied, so parts that are one object in memory stay apart.
    """
    if not pointer:
        return value if new is MISSING else new
    return _replaced(value, tokens(pointer), new)


def _replaced(value: Json, path: list[str], new: Json) -> Json:
    token, rest = path[0], path[1:]
    present = step(value, token)
    if rest and present is MISSING:
        return value
    inner = _replaced(present, rest, new) if rest else new
    if isinstance(value, dict):
        return _with_key(value, token, inner)
    return _with_item(value, token, inner) if isinstance(value, list) else value


def _with_key(value: dict[str, Json], key: str, inner: Json) -> dict[str, Json]:
    if inner is MISSING:
        return {name: one for name, one in value.items() if name != key}
    return {**value, key: inner}


def _with_item(value: list[Json], token: str, inner: Json) -> list[Json]:
    at = index(token, len(value))
    if at is None:
        return value
    return value[:at] + ([] if inner is MISSING else [inner]) + value[at + 1 :]


def taken(schemas: Schemas, field: Field, value: Json) -> Field | None:
    """The field behind a union, for the alternative this value is."""
    while field.kind == "union":
        at = choose(schemas, field, value)
        if at is None:
            return None
        field = schemas.field(field.variants[at])
    return field


def _inside(schemas: Schemas, field: Field | None, token: str) -> Field | None:
    if field is None:
        return None
    if field.kind == "object":
        return property_field(schemas, field, token)
    return schemas.field(field.items) if field.kind == "array" else None
