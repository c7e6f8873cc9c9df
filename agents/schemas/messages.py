"""What a reviewer reads when a value does not fit."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

from jsonschema.exceptions import ValidationError

from agents.jsonable import visible

_TYPES = {
    "string": "a text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "yes or no",
    "array": "a list",
    "object": "an object",
    "null": "nothing (null)",
}
_SENTENCES: dict[str, Callable[[Any], str]] = {
    "const": lambda rule: f"This must be {_compact(rule)}.",
    "enum": lambda rule: f"This must be one of {_shortened(', '.join(map(_compact, rule)))}.",
    "exclusiveMaximum": lambda rule: f"This must be less than {rule}.",
    "exclusiveMinimum": lambda rule: f"This must be greater than {rule}.",
    "format": lambda rule: f"This is not a valid {rule}.",
    "maxItems": lambda rule: f"There may be at most {rule} items.",
    "maxLength": lambda rule: f"This may have at most {rule} characters.",
    "maximum": lambda rule: f"This must be at most {rule}.",
    "minItems": lambda rule: f"There must be at least {rule} items.",
    "minLength": lambda rule: f"This must have at least {rule} characters.",
    "minimum": lambda rule: f"This must be at least {rule}.",
    "multipleOf": lambda rule: f"This must be a multiple of {rule}.",
    "pattern": lambda rule: f"This must match the pattern {rule}",
    "uniqueItems": lambda rule: "No item may appear twice.",
}
_LONGEST = 200


def message(error: ValidationError) -> str:
    """One sentence about the rule that was broken, without the value, which is on the page."""
    if error.validator == "type":
        return _type(error.validator_value)
    sentence = _SENTENCES.get(str(error.validator))
    if sentence is None:
        return _shortened(error.message)
    return sentence(error.validator_value)


def alternatives_message(alternatives: Sequence[Any]) -> str:
    """For a value of none of the kinds that are allowed."""
    types = [one.get("type") for one in alternatives if isinstance(one, dict)]
    if len(types) == len(alternatives) and all(isinstance(one, str) for one in types):
        return _type(types)
    return f"This is none of the {len(alternatives)} forms that are allowed here."


def _type(rule: Any) -> str:
    names = rule if isinstance(rule, list) else [rule]
    said = dict.fromkeys(_TYPES.get(str(name), str(name)) for name in names)
    return f"This must be {' or '.join(said)}."


def _compact(value: Any) -> str:
    return visible(json.dumps(value, ensure_ascii=False))


def _shortened(text: str) -> str:
    if len(text) <= _LONGEST:
        return text
    return f"{text[:_LONGEST]}… ({len(text) - _LONGEST:,} more characters)"
