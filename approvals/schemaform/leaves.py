"""One control: the text it shows for a value, and the value its text stands for."""

from __future__ import annotations

import math
import re
from decimal import Decimal

from django.utils.translation import gettext as _

from approvals.exceptions import ApprovalsError
from approvals.jsontext import loads, refuse_unstorable
from approvals.schemaform import moments
from approvals.schemaform.choices import chosen, option_code
from approvals.schemaform.fields import Field
from approvals.schemaform.values import (
    MISSING,
    Json,
    Unparsed,
    as_submitted,
    compact,
    is_scalar,
    pretty,
    unstorable,
)

_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,4})?", re.ASCII)
_WHOLE = re.compile(r"[+-]?\d{1,4000}", re.ASCII)


class Unreadable(ValueError):
    """The text stands for no value of this field; the message tells its author why."""


def fits(field: Field, value: Json) -> bool:
    """Whether the field's own control can show this value; otherwise it is edited as JSON."""
    if value is MISSING or value is None or isinstance(value, Unparsed):
        return True
    if field.kind == "object":
        return isinstance(value, dict)
    if field.kind == "array":
        return isinstance(value, list)
    return field.kind in ("json", "enum", "const") or is_scalar(value)


def shown(field: Field, value: Json, *, tz: str) -> str:
    """The text a control carries for a value: what comes back when nobody touches it."""
    if isinstance(value, Unparsed):
        return str(value)
    if value is MISSING or field.read_only:
        return ""
    if field.kind == "json":
        return pretty(value)
    if value is None:
        return ""
    if field.kind in ("enum", "boolean"):
        return option_code(field, value)
    if not isinstance(value, str):
        return compact(value)
    if field.kind == "datetime":
        return moments.local_text(value, tz=tz) or value
    return value


def read(field: Field, base: Json, text: str, *, tz: str) -> Json:
    """The value a control's text stands for, where `base` is what it stood for before.

    Untouched text gives `base` back, exactly. Raises Unreadable.
    """
    if field.read_only or _untouched(field, text, shown(field, base, tz=tz)):
        return base
    if field.kind in ("enum", "boolean"):
        return _chosen(field, text)
    if field.kind == "json":
        return _json(field, text)
    if unstorable(text):
        raise Unreadable(_("Remove the characters that cannot be stored (NUL, half surrogates)."))
    if field.kind == "string":
        return _string(field, base, text)
    if not text.strip():
        return _blank(field)
    return _entered(field, base, text.strip(), tz=tz)


def _untouched(field: Field, text: str, before: str) -> bool:
    if as_submitted(text) == as_submitted(before):
        return True
    if field.kind == "datetime":
        return moments.same_local(text, before)
    return field.kind == "time" and moments.same_clock(text, before)


def _chosen(field: Field, text: str) -> Json:
    if not text and field.nullable:
        return None
    option = chosen(field, text)
    if option is None:
        raise Unreadable(_("Choose one of the options."))
    return option.value


def _json(field: Field, text: str) -> Json:
    if not text.strip():
        return _blank(field)
    try:
        value = loads(text)
        refuse_unstorable(value)
    except ApprovalsError as error:
        first = error.errors[0] if error.errors else None
        raise Unreadable(
            f"{first['pointer']} {first['message']}" if first else error.detail
        ) from error
    return value


def _string(field: Field, base: Json, text: str) -> str | None:
    if not text and field.nullable:
        return None
    text = as_submitted(text)
    # Written back with the line ends it came with, or the whole text would count as changed.
    if isinstance(base, str) and "\n" in base and base.count("\n") == base.count("\r\n"):
        return text.replace("\n", "\r\n")
    return text


def _blank(field: Field) -> None:
    if field.nullable:
        return
    raise Unreadable(_("A value is needed here."))


def _entered(field: Field, base: Json, text: str, *, tz: str) -> Json:
    if field.kind in ("integer", "number"):
        return _number(field, base, text)
    if field.kind == "decimal":
        return _decimal(field, base, text)
    try:
        if field.kind == "datetime":
            return moments.moment_from_form(text, was=base, tz=tz)
        if field.kind == "time":
            return moments.clock_from_form(text)
    except moments.NoSuchMoment as error:
        raise Unreadable(str(error)) from error
    if not moments.is_date(text):
        raise Unreadable(_("Enter a date, such as 2026-11-24."))
    return text


def _decimal(field: Field, base: Json, text: str) -> Json:
    """A decimal stays a string or a number, whichever it was; a new one is a string.

    "Number or string" may also mean any text. Where text stood that is no number, any may follow.
    """
    if isinstance(base, (int, float)) and not isinstance(base, bool):
        return _number(field, base, text)
    was_number = not isinstance(base, str) or bool(_NUMBER.fullmatch(base.strip()))
    if was_number and not _NUMBER.fullmatch(text):
        raise Unreadable(_("Enter a number, with a point before the decimals: 1234.50"))
    return text


def _number(field: Field, base: Json, text: str) -> int | float:
    """A whole number stays whole; a float stays a float, so 1.0 does not become 1 by the way."""
    if _WHOLE.fullmatch(text):
        whole = int(text)
        keeps_float = isinstance(base, float) and field.kind != "integer"
        return float(whole) if keeps_float and abs(whole) < 2**53 else whole
    if not _NUMBER.fullmatch(text):
        raise Unreadable(
            _("Enter a whole number.")
            if field.kind == "integer"
            else _("Enter a number, with a point before the decimals: 1234.50")
        )
    return _fraction(field, text)


def _fraction(field: Field, text: str) -> int | float:
    number, exact = float(text), Decimal(text)
    if not math.isfinite(number) or Decimal(repr(number)) != exact:
        raise Unreadable(
            _("Too many digits: this would be sent as %(number)s.") % {"number": repr(number)}
        )
    if field.kind == "integer":
        if not number.is_integer():
            raise Unreadable(_("Enter a whole number."))
        return int(number)
    return number
