"""What a reviewer reads when a value does not fit."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

from django.utils.translation import gettext, ngettext_lazy, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from jsonschema.exceptions import ValidationError

from agents.jsonable import visible

TYPES = {
    "string": _("a text"),
    "integer": _("a whole number"),
    "number": _("a number"),
    "boolean": _("yes or no"),
    "array": _("a list"),
    "object": _("an object"),
    "null": _("nothing (null)"),
}
_COUNTS = {
    "maxItems": ngettext_lazy(
        "There may be at most %(rule)s item.", "There may be at most %(rule)s items.", "rule"
    ),
    "maxLength": ngettext_lazy(
        "This may have at most %(rule)s character.",
        "This may have at most %(rule)s characters.",
        "rule",
    ),
    "minItems": ngettext_lazy(
        "There must be at least %(rule)s item.", "There must be at least %(rule)s items.", "rule"
    ),
    "minLength": ngettext_lazy(
        "This must have at least %(rule)s character.",
        "This must have at least %(rule)s characters.",
        "rule",
    ),
    "minProperties": ngettext_lazy(
        "There must be at least %(rule)s field.", "There must be at least %(rule)s fields.", "rule"
    ),
    "maxProperties": ngettext_lazy(
        "There may be at most %(rule)s field.", "There may be at most %(rule)s fields.", "rule"
    ),
}
_SENTENCES = {
    "const": _("This must be %(rule)s."),
    "enum": _("This must be one of %(rule)s."),
    "exclusiveMaximum": _("This must be less than %(rule)s."),
    "exclusiveMinimum": _("This must be greater than %(rule)s."),
    "format": _("This is not a valid %(rule)s."),
    "maximum": _("This must be at most %(rule)s."),
    "minimum": _("This must be at least %(rule)s."),
    "multipleOf": _("This must be a multiple of %(rule)s."),
    "pattern": _("This must match the pattern %(rule)s"),
    "uniqueItems": _("No item may appear twice."),
    "not": _("This value is not allowed here."),
    "contains": _("None of the items is of the kind that must be among them."),
    "oneOf": _("This fits more than one of the forms that are allowed here."),
    "unevaluatedProperties": _("There are fields here that are not known."),
    "unevaluatedItems": _("There are more items here than are allowed."),
    "items": _("There are more items here than are allowed."),
    "minContains": _("At least %(rule)s of the items must be of the kind asked for."),
    "maxContains": _("At most %(rule)s of the items may be of the kind asked for."),
    "dependentRequired": _("With what is here, these must be here, too: %(rule)s."),
    "None": _("No value is allowed here."),
}
_FORMATS = {
    "date": pgettext_lazy("format", "date"),
    "date-time": pgettext_lazy("format", "date-time"),
    "duration": pgettext_lazy("format", "duration"),
    "email": pgettext_lazy("format", "email"),
    "ipv4": pgettext_lazy("format", "ipv4"),
    "ipv6": pgettext_lazy("format", "ipv6"),
    "regex": pgettext_lazy("format", "regex"),
    "time": pgettext_lazy("format", "time"),
    "uri": pgettext_lazy("format", "uri"),
    "uuid": pgettext_lazy("format", "uuid"),
}
_SHOWN: dict[str, Callable[[Any], str]] = {
    "const": lambda rule: _compact(rule),
    "enum": lambda rule: _shortened(", ".join(map(_compact, rule))),
    "dependentRequired": lambda rule: _shortened(", ".join(map(visible, rule))),
    "format": lambda rule: str(_FORMATS.get(str(rule), rule)),
}
_LONGEST = 200


def message(error: ValidationError) -> str:
    """One sentence about the rule that was broken, without the value, which is on the page."""
    if error.validator == "type":
        return _type(error.validator_value)
    rule: Any = error.validator_value
    if error.validator == "dependentRequired":
        rule = _wanting(rule, cast(Any, error.instance))
    return rule_broken(str(error.validator), rule) or _shortened(error.message)


def _wanting(needs: Mapping[str, Sequence[str]], value: Mapping[str, Any]) -> list[str]:
    """The fields that are not there, though a field that needs them is."""
    wanted = (name for field, names in needs.items() if field in value for name in names)
    return sorted({name for name in wanted if name not in value})


def rule_broken(kind: str, limit: Any) -> str:
    """The sentence about one of JSON Schema's rules, by its keyword; empty for one not known."""
    if kind in _COUNTS:
        return str(_COUNTS[kind] % {"rule": int(limit)})
    sentence = _SENTENCES.get(kind, "")
    return str(sentence and sentence % {"rule": _SHOWN.get(kind, str)(limit)})


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
    said = dict.fromkeys(str(TYPES.get(str(name), name)) for name in names)
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
