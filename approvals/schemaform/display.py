"""Values as text for people: read-only fields, "Agent proposed", titles."""

from __future__ import annotations

from django.utils.translation import gettext as _

from approvals.schemaform import moments
from approvals.schemaform.choices import chosen, option_code
from approvals.schemaform.fields import Field
from approvals.schemaform.values import (
    MISSING,
    Json,
    as_submitted,
    compact,
    is_scalar,
    pretty,
    shortened,
)

_READ_ONLY = 4000
_PROPOSED = 300
_IN_TITLES = 40


def display(field: Field, value: Json, *, tz: str) -> str:
    """The whole value for a read-only page; only what is huge is cut, and says so."""
    if isinstance(value, (dict, list)):
        return as_submitted(shortened(pretty(value), _READ_ONLY))
    return as_submitted(shortened(_plain(field, value, tz=tz), _READ_ONLY))


def proposed(field: Field, value: Json, *, tz: str) -> str:
    """One line for what stood there before somebody changed it."""
    return as_submitted(shortened(_plain(field, value, tz=tz), _PROPOSED))


def summary_fields(value: Json) -> str:
    """The first three plain fields, for a title when an agent gives none."""
    if not isinstance(value, dict):
        return "" if value is None or not is_scalar(value) else _short(value)
    found = [f"{key} {_short(one)}" for key, one in value.items() if _tells_something(one)]
    return as_submitted(" · ".join(found[:3]))


def _plain(field: Field, value: Json, *, tz: str) -> str:
    if value is MISSING or value is None:
        return _("not set")
    if value == "":
        return _("empty")
    if field.kind in ("enum", "boolean", "const"):
        option = chosen(field, option_code(field, value))
        if option is not None:
            return option.label
    if field.kind == "datetime" and isinstance(value, str):
        return _moment(value, tz=tz)
    return value if isinstance(value, str) else compact(value)


def _moment(text: str, *, tz: str) -> str:
    local, moment = moments.local_text(text, tz=tz), moments.read_moment(text)
    if local is None or moment is None:
        return text
    zone = "" if moment.tzinfo is None else f" {tz}"
    return f"{local.replace('T', ' ')}{zone} ({text})"


def _tells_something(value: Json) -> bool:
    return is_scalar(value) and value is not None and value != ""


def _short(value: Json) -> str:
    text = " ".join((value if isinstance(value, str) else compact(value)).split())
    return text if len(text) <= _IN_TITLES else f"{text[: _IN_TITLES - 1]}…"
