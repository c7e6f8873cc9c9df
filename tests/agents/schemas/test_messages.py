"""What a schema has against a value: never the library's English, where the rule is a common one."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import translation

from agents.schemas import validate

RULES: list[tuple[dict[str, Any], Any, str]] = [
    ({"minProperties": 1}, {}, "There must be at least 1 field."),
    ({"maxProperties": 0}, {"a": 1}, "There may be at most 0 fields."),
    ({"not": {"type": "string"}}, "a", "This value is not allowed here."),
    (
        {"contains": {"type": "string"}},
        [1],
        "None of the items is of the kind that must be among them.",
    ),
    (
        {"oneOf": [{"minimum": 1}, {"minimum": 2}]},
        3,
        "This fits more than one of the forms that are allowed here.",
    ),
    ({"unevaluatedProperties": False}, {"a": 1}, "There are fields here that are not known."),
    (
        {"prefixItems": [{"type": "string"}], "items": False},
        ["a", "b"],
        "There are more items here than are allowed.",
    ),
    (
        {"contains": {"type": "string"}, "minContains": 2},
        ["a", 1],
        "At least 2 of the items must be of the kind asked for.",
    ),
    (
        {"contains": {"type": "string"}, "maxContains": 1},
        ["a", "b"],
        "At most 1 of the items may be of the kind asked for.",
    ),
    (
        {"dependentRequired": {"card": ["cvc", "name"], "iban": ["bic"]}},
        {"card": 1, "name": 2},
        "With what is here, these must be here, too: cvc.",
    ),
    ({"format": "date"}, "soon", "This is not a valid date."),
    ({"format": "email"}, "soon", "This is not a valid email."),
]


@pytest.mark.parametrize(("schema", "value", "said"), RULES)
def test_a_broken_rule_is_told_in_the_readers_language(
    schema: dict[str, Any], value: Any, said: str
) -> None:
    assert validate(schema, value) == {"": said}

    with translation.override("de"):
        (german,) = validate(schema, value).values()
    assert german != said
    assert not german.startswith(("This", "There", "None"))


def test_where_nothing_is_allowed_that_is_said() -> None:
    assert validate({"properties": {"a": False}}, {"a": 1}) == {"": "No value is allowed here."}
