"""What a run of an agent takes, row by row, for reading rather than filling in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from approvals.schemaform.classify import Schemas
from approvals.schemaform.fields import Field
from approvals.schemaform.labels import field_label, humanised
from approvals.web.showing.values import as_json

MAX_DEPTH = 3
"""A schema may contain itself, and a table within tables within tables is read by nobody."""

_WORDS = {
    "string": _("text"),
    "integer": _("whole number"),
    "number": _("number"),
    "decimal": _("number"),
    "boolean": _("yes or no"),
    "date": _("date"),
    "datetime": _("date and time"),
    "time": _("time"),
    "object": _("group"),
    "json": _("anything"),
}
_LIMITS = (
    ("minimum", _("at least %(limit)s")),
    ("exclusiveMinimum", _("more than %(limit)s")),
    ("maximum", _("at most %(limit)s")),
    ("exclusiveMaximum", _("less than %(limit)s")),
    ("minLength", _("%(limit)s or more characters")),
    ("maxLength", _("no more than %(limit)s characters")),
    ("minItems", _("%(limit)s or more items")),
    ("maxItems", _("no more than %(limit)s items")),
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
        named = ", ".join(option.label for option in field.options)
        return gettext("one of %(values)s") % {"values": named}
    if depth < MAX_DEPTH and field.kind == "array":
        inner = _kind(schemas, schemas.field(field.items), depth=depth + 1)
        return gettext("list of %(kind)s") % {"kind": inner}
    if depth < MAX_DEPTH and field.kind == "union":
        kinds = [_kind(schemas, schemas.field(one), depth=depth + 1) for one in field.variants]
        return gettext(" or ").join(dict.fromkeys(kinds))
    if depth and field.kind == "object" and field.title:
        return humanised(field.title).lower()
    return str(_WORDS.get(field.kind, field.kind))


def _default(schema: Mapping[str, Any]) -> str:
    """What stands in for the field when nobody gives it; none counts as saying nothing."""
    value = schema.get("default")
    if value is None or value in ("", [], {}):
        return ""
    return value if isinstance(value, str) else as_json(value)


def _limits(schema: Mapping[str, Any]) -> str:
    return ", ".join(
        str(words % {"limit": _plain(schema[name])}) for name, words in _LIMITS if name in schema
    )


def _plain(limit: Any) -> Any:
    return int(limit) if isinstance(limit, float) and limit.is_integer() else limit
