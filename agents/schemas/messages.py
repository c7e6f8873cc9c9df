"""What a reviewer reads when a value does not fit."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from jsonschema.exceptions import ValidationError

from agents.jsonable import visible

_TYPES = {
    "string": _("a text"),
    "integer": _("a whole number"),
    "number": _("a number"),
    "boolean": _("yes or no"),
    "array": _("a list"),
    "object": _("an object"),
    "null": _("nothing (null)"),
}
_SENTENCES = {
    "const": _("This must be %(rule)s."),
    "enum": _("This must be one of %(rule)s."),
    "exclusiveMaximum": _("This must be less than %(rule)s."),
    "exclusiveMinimum": _("This must be greater than %(rule)s."),
    "format": _("This is not a valid %(rule)s."),
    "maxItems": _("There may be at most %(rule)s items."),
    "maxLength": _("This may have at most %(rule)s characters."),
    "maximum": _("This must be at most %(rule)s."),
    "minItems": _("There must be at least %(rule)s items."),
    "minLength": _("This must have at least %(rule)s characters."),
    "minimum": _("This must be at least %(rule)s."),
    "multipleOf": _("This must be a multiple of %(rule)s."),
    "pattern": _("This must match the pattern %(rule)s"),
    "uniqueItems": _("No item may appear twice."),
}
_SHOWN: dict[str, Callable[[Any], str]] = {
    "const": lambda rule: _compact(rule),
    "enum": lambda rule: _shortened(", ".join(map(_compact, rule))),
}
_LONGEST = 200


def message(error: ValidationError) -> str:
    """One sentence about the rule that was broken, without the value, which is on the page."""
    if error.validator == "type":
        return _type(error.validator_value)
    kind = str(error.validator)
    if kind not in _SENTENCES:
        return _shortened(error.message)
    return _SENTENCES[kind] % {"rule": _SHOWN.get(kind, str)(error.validator_value)}


def alternatives_message(alternatives: Sequence[Any]) -> str:
    """For a value of none of the kinds that are allowed."""
    types = [one.get("type") for one in alternatives if isinstance(one, dict)]
    if len(types) == len(alternatives) and all(isinstance(one, str) for one in types):
        return _type(types)
    return gettext("This is none of the %(count)s forms that are allowed here.") % {
        "count": len(alternatives)
    }


def _type(rule: Any) -> str:
    names = rule if isinstance(rule, list) else [rule]
    said = dict.fromkeys(str(_TYPES.get(str(name), name)) for name in names)
    return gettext("This must be %(rule)s.") % {"rule": gettext(" or ").join(said)}


def _compact(value: Any) -> str:
    return visible(json.dumps(value, ensure_ascii=False))


def _shortened(text: str) -> str:
    if len(text) <= _LONGEST:
        return text
    return gettext("%(start)s… (%(count)s more characters)") % {
        "start": text[:_LONGEST],
        "count": f"{len(text) - _LONGEST:,}",
    }
