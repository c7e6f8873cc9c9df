"""Which alternative of a union a value is, and what a new value of a schema starts as."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy

from approvals.schemaform import moments
from approvals.schemaform.classify import MAX_DEPTH, Schemas
from approvals.schemaform.fields import Field
from approvals.schemaform.leaves import fits
from approvals.schemaform.values import MISSING, Json, Unparsed, same

_LOOKS = 4
"""How deep two alternatives are compared. Deeper differences do not tell them apart."""


def choose(schemas: Schemas, field: Field, value: Json) -> int | None:
    """The index of the alternative that `value` is, or None when it is none of them.

    A discriminator decides, else constant fields, else the JSON type, else the shared keys.
    """
    if isinstance(value, Unparsed):
        return value.variant
    named = _discriminated(field, value)
    if named is not None:
        return named
    scores = [score(schemas, schemas.field(one), value) for one in field.variants]
    possible = [index for index, points in enumerate(scores) if points is not None]
    if not possible:
        return None
    return max(possible, key=lambda index: (scores[index] or 0, -index))


def score(schemas: Schemas, field: Field, value: Json, depth: int = 0) -> int | None:
    """How well a value fits a schema; None when it is of another type."""
    if isinstance(value, Unparsed) or (value is None and field.nullable):
        return 1
    if field.kind in ("enum", "const"):
        return 20 if any(same(option.value, value) for option in field.options) else None
    if field.kind == "union" and depth < _LOOKS:
        found = [score(schemas, schemas.field(one), value, depth + 1) for one in field.variants]
        return max((points for points in found if points is not None), default=None)
    if field.kind == "object" and isinstance(value, dict):
        return _score_object(schemas, field, value, depth)
    if field.kind == "array" and isinstance(value, list):
        return _score_list(schemas, field, value, depth)
    return _score_scalar(field, value)


def blank(schemas: Schemas, field: Field, depth: int = 0) -> Json:
    """What a person starts from: defaults and constants filled in, nothing else decided."""
    if field.kind == "const":
        return deepcopy(field.options[0].value)
    if "default" in field.schema:
        return deepcopy(field.schema["default"])
    return None if field.nullable else fresh(schemas, field, depth)


def fresh(schemas: Schemas, field: Field, depth: int = 0) -> Json:
    """Like `blank`, but something rather than null where there is a choice."""
    if field.kind == "const":
        return deepcopy(field.options[0].value)
    if depth > MAX_DEPTH:
        return None
    if field.kind == "object":
        return _blank_object(schemas, field, depth)
    if field.kind == "union":
        return blank(schemas, schemas.field(field.variants[0]), depth + 1)
    if field.kind == "json":
        return {"object": {}, "array": []}.get(str(field.schema.get("type")))
    return {"string": "", "boolean": False, "array": []}.get(field.kind)


def _blank_object(schemas: Schemas, field: Field, depth: int) -> dict[str, Json]:
    made = {}
    for name, raw in field.properties.items():
        one = schemas.field(raw)
        contained = name in field.required and one.kind in ("object", "array", "json")
        if contained or one.kind == "const" or "default" in one.schema:
            made[name] = blank(schemas, one, depth + 1)
    return made


def _discriminated(field: Field, value: Json) -> int | None:
    rule = field.schema.get("discriminator")
    if not isinstance(rule, Mapping) or not isinstance(value, dict):
        return None
    mapping, name = rule.get("mapping"), rule.get("propertyName")
    tag = value.get(name, MISSING) if isinstance(name, str) else MISSING
    if not isinstance(mapping, Mapping) or not isinstance(tag, str) or tag not in mapping:
        return None
    refs = [one.get("$ref") if isinstance(one, dict) else None for one in field.variants]
    return refs.index(mapping[tag]) if mapping[tag] in refs else None


def _score_object(schemas: Schemas, field: Field, value: dict[str, Json], depth: int) -> int | None:
    points = 5
    for name, raw in field.properties.items():
        if name not in value:
            points -= 10 if name in field.required else 0
            continue
        one = schemas.field(raw)
        if depth >= _LOOKS or (value[name] is None and one.kind != "const"):
            continue
        inner = score(schemas, one, value[name], depth + 1)
        if inner is None and one.kind in ("const", "enum"):
            return None
        points += -4 if inner is None else 3 + (40 if one.kind in ("const", "enum") else 0)
    return points - 2 * len(value.keys() - field.properties.keys())


def _score_list(schemas: Schemas, field: Field, value: list[Json], depth: int) -> int:
    if depth >= _LOOKS:
        return 1
    inner = schemas.field(field.items)
    found = [score(schemas, inner, item, depth + 1) for item in value[:20]]
    return -20 if None in found else 5


def _score_scalar(field: Field, value: Json) -> int | None:
    if field.kind == "json":
        return 4 if _is_type(field.schema.get("type"), value) else 0
    if value is None or isinstance(value, (dict, list)) or not fits(field, value):
        return None
    if isinstance(value, bool) or field.kind == "boolean":
        return 10 if isinstance(value, bool) and field.kind == "boolean" else None
    if isinstance(value, str):
        return _score_text(field, value)
    if field.kind == "integer":
        return 10 if isinstance(value, int) else None
    return 8 if field.kind in ("number", "decimal") else None


def _score_text(field: Field, value: str) -> int | None:
    if field.kind == "datetime":
        return 12 if moments.read_moment(value) is not None else 2
    if field.kind == "date":
        return 12 if moments.is_date(value) else 2
    if field.kind == "time":
        return 12 if moments.is_clock(value) else 2
    return 8 if field.kind in ("string", "decimal") else None


def _is_type(name: object, value: Json) -> bool:
    return (name == "object" and isinstance(value, dict)) or (
        name == "array" and isinstance(value, list)
    )
