"""What a reviewer reads when a value does not fit."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from jsonschema.exceptions import ValidationError

from approvals.schemaform.values import compact, shortened

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
    "const": lambda rule: f"This must be {compact(rule)}.",
    "enum": lambda rule: f"This must be one of {shortened(', '.join(map(compact, rule)), 200)}.",
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


def message(error: ValidationError) -> str:
    """One sentence about the rule that was broken, without the value, which is on the page."""
    if error.validator == "type":
        return _type(error.validator_value)
    sentence = _SENTENCES.get(str(error.validator))
    if sentence is None:
        return shortened(error.message, 200)
    return sentence(error.validator_value)


def _type(rule: Any) -> str:
    names = rule if isinstance(rule, list) else [rule]
    return f"This must be {' or '.join(_TYPES.get(str(name), str(name)) for name in names)}."
