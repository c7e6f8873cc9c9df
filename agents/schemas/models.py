"""What a Pydantic model has against a value, in the words that broken schemas are told in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from pydantic_core import ErrorDetails

from agents.schemas.messages import TYPES, rule_broken

_KINDS: Mapping[str, str | Promise] = {
    **dict.fromkeys(("string_type", "string_unicode"), TYPES["string"]),
    **dict.fromkeys(("int_type", "int_parsing", "int_from_float"), TYPES["integer"]),
    **dict.fromkeys(
        ("float_type", "float_parsing", "decimal_type", "decimal_parsing"), TYPES["number"]
    ),
    **dict.fromkeys(("bool_type", "bool_parsing"), TYPES["boolean"]),
    **dict.fromkeys(
        ("list_type", "tuple_type", "set_type", "frozen_set_type", "iterable_type"), TYPES["array"]
    ),
    **dict.fromkeys(
        ("dict_type", "mapping_type", "model_type", "model_attributes_type", "dataclass_type"),
        TYPES["object"],
    ),
    "none_required": TYPES["null"],
    **dict.fromkeys(
        ("date_type", "date_parsing", "date_from_datetime_parsing", "date_from_datetime_inexact"),
        _("a date"),
    ),
    **dict.fromkeys(
        ("datetime_type", "datetime_parsing", "datetime_from_date_parsing"), _("a date and time")
    ),
    **dict.fromkeys(("time_type", "time_parsing"), _("a time of day")),
    **dict.fromkeys(("time_delta_type", "time_delta_parsing"), _("a length of time")),
    **dict.fromkeys(("uuid_type", "uuid_parsing"), _("a UUID")),
    **dict.fromkeys(("url_type", "url_parsing", "url_syntax_violation"), _("an address (URL)")),
    **dict.fromkeys(("json_type", "json_invalid"), _("JSON")),
}
_RULES = {
    "greater_than": ("exclusiveMinimum", "gt"),
    "greater_than_equal": ("minimum", "ge"),
    "less_than": ("exclusiveMaximum", "lt"),
    "less_than_equal": ("maximum", "le"),
    "multiple_of": ("multipleOf", "multiple_of"),
    "string_too_short": ("minLength", "min_length"),
    "string_too_long": ("maxLength", "max_length"),
    "url_too_long": ("maxLength", "max_length"),
    "string_pattern_mismatch": ("pattern", "pattern"),
    "too_short": ("minItems", "min_length"),
    "too_long": ("maxItems", "max_length"),
}
"""By Pydantic's name of a fault: JSON Schema's name of the same rule, and where its limit is."""

_SENTENCES = {
    "missing": _("This field is required."),
    "extra_forbidden": _("This field is not known."),
    "review_field": _("Set by a review, not by the request"),
    "enum": _("This must be one of %(expected)s."),
    "literal_error": _("This must be one of %(expected)s."),
    "union_tag_invalid": _("This must be one of %(expected_tags)s."),
    "union_tag_not_found": _("It must be said which kind this is, in %(discriminator)s."),
    "finite_number": _("This must be a finite number."),
    "int_parsing_size": _("This number has too many digits."),
    "decimal_max_digits": _("This may have at most %(max_digits)s digits."),
    "decimal_max_places": _("This may have at most %(decimal_places)s digits after the point."),
    "decimal_whole_digits": _("This may have at most %(whole_digits)s digits before the point."),
    "date_past": _("This must be in the past."),
    "date_future": _("This must be in the future."),
    "datetime_past": _("This must be in the past."),
    "datetime_future": _("This must be in the future."),
    "timezone_aware": _("This must say its time zone."),
    "timezone_naive": _("This must not say a time zone."),
    "url_scheme": _("This must begin with %(expected_schemes)s."),
    "frozen_field": _("This cannot be changed."),
    "frozen_instance": _("This cannot be changed."),
}
_LISTED = ("expected", "expected_tags", "expected_schemes")


def sentence_of(fault: ErrorDetails) -> str:
    """In the reader's language where the fault is one of Pydantic's common ones.

    A model's own validators say what their author wrote, without the prefix Pydantic puts before.
    """
    kind, context = fault["type"], fault.get("ctx", {})
    if kind in ("value_error", "assertion_error"):
        return fault["msg"].partition(", ")[2]
    if kind in _KINDS:
        return gettext("This must be %(rule)s.") % {"rule": _KINDS[kind]}
    if kind in _RULES:
        rule, limit = _RULES[kind]
        return rule_broken(rule, context[limit]) if limit in context else fault["msg"]
    return _filled(kind, context) or fault["msg"]


def _filled(kind: str, context: Mapping[str, Any]) -> str:
    values = {name: _list(said) if name in _LISTED else said for name, said in context.items()}
    try:
        return str(_SENTENCES[kind]) % values
    except KeyError:
        return ""


def _list(said: Any) -> str:
    """`'a', 'b' or 'c'` without the English word, where only one word can be meant."""
    text = str(said)
    return text.replace(" or ", ", ") if text.count(" or ") == 1 else text
