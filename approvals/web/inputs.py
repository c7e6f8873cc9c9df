"""What a run of an agent takes, row by row, for reading rather than filling in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from approvals.schemaform.classify import Schemas
from approvals.schemaform.fields import Field
from approvals.schemaform.labels import field_label, humanised
from approvals.web.values import as_json

MAX_DEPTH = 3
"""A schema may contain itself, and a table within tables within tables is read by nobody."""

_WORDS = {
    "string": "text",
    "integer": "whole number",
    "number": "number",
    "decimal": "number",
    "boolean": "yes or no",
    "date": "date",
    "datetime": "date and time",
    "time": "time",
    "object": "group",
    "json": "anything",
}
_LIMITS = (
    ("minimum", "at least {}"),
    ("exclusiveMinimum", "more than {}"),
    ("maximum", "at most {}"),
    ("exclusiveMaximum", "less than {}"),
    ("minLength", "{} or more characters"),
    ("maxLength", "no more than {} characters"),
    ("minItems", "{} or more items"),
    ("maxItems", "no more than {} items"),
)


@dataclass(frozen=True, kw_only=True)
class Row:
    """One field. `path` leads through the groups it is in; `depth` counts them."""

    path: str
    label: str
    kind: str
    required: bool
    default: str
    note: str
    depth: int


def rows_of(schema: Mapping[str, Any]) -> list[Row]:
    schemas = Schemas(schema)
    return list(_rows(schemas, schemas.field(schema), path="", depth=0))


def _rows(schemas: Schemas, group: Field, *, path: str, depth: int) -> Iterator[Row]:
    for name, raw in group.properties.items():
        field = schemas.field(raw)
        where = f"{path}{name}"
        yield Row(
            path=where,
            label=field_label(raw, name),
            kind=_kind(schemas, field),
            required=name in group.required,
            default=_default(field.schema),
            note=". ".join(filter(None, (field.description.rstrip("."), _limits(field.schema)))),
            depth=depth,
        )
        within = schemas.field(field.items) if field.kind == "array" else field
        if depth + 1 < MAX_DEPTH:
            step = f"{where}[]." if within is not field else f"{where}."
            yield from _rows(schemas, within, path=step, depth=depth + 1)


def _kind(schemas: Schemas, field: Field, *, depth: int = 0) -> str:
    if field.kind in ("enum", "const"):
        return f"one of {', '.join(option.label for option in field.options)}"
    if depth < MAX_DEPTH and field.kind == "array":
        return f"list of {_kind(schemas, schemas.field(field.items), depth=depth + 1)}"
    if depth < MAX_DEPTH and field.kind == "union":
        kinds = [_kind(schemas, schemas.field(one), depth=depth + 1) for one in field.variants]
        return " or ".join(dict.fromkeys(kinds))
    if depth and field.kind == "object" and field.title:
        return humanised(field.title).lower()
    return _WORDS.get(field.kind, field.kind)


def _default(schema: Mapping[str, Any]) -> str:
    """What stands in for the field when nobody gives it; none counts as saying nothing."""
    value = schema.get("default")
    if value is None or value in ("", [], {}):
        return ""
    return value if isinstance(value, str) else as_json(value)


def _limits(schema: Mapping[str, Any]) -> str:
    return ", ".join(
        words.format(_plain(schema[name])) for name, words in _LIMITS if name in schema
    )


def _plain(limit: Any) -> Any:
    return int(limit) if isinstance(limit, float) and limit.is_integer() else limit
