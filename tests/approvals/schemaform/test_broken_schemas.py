"""A schema comes from an agent, and may be anything at all."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from approvals.schemaform import apply_op, locate, parse, render, validate
from tests.approvals.schemaform.browser import Page
from tests.approvals.schemaform.samples import BROKEN_SCHEMAS, JSON


@settings(max_examples=200)
@given(BROKEN_SCHEMAS, JSON, JSON)
def test_no_schema_breaks_the_form_or_loses_the_value(
    schema: Any, original: Any, value: Any
) -> None:
    page = Page(render(schema, value, original=original))

    parsed = parse(schema, original, page.submit())

    assert json.dumps(parsed, sort_keys=True) == json.dumps(value, sort_keys=True)


@settings(max_examples=100)
@given(BROKEN_SCHEMAS, JSON, st.data())
def test_no_schema_breaks_the_buttons_or_the_checks(
    schema: Any, value: Any, data: st.DataObject
) -> None:
    page = Page(render(schema, value))

    pressed = apply_op(schema, value, data.draw(st.sampled_from(page.buttons)))

    assert render(schema, pressed, readonly=True)
    assert isinstance(validate(schema, value), dict)
    assert isinstance(locate(schema, ("a", 0, "b")), str)


@pytest.mark.parametrize(
    "schema",
    [
        {"$ref": "#"},
        {"$ref": "#/$defs/a", "$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"$ref": "#/$defs/a"}}},
        {"anyOf": [{"$ref": "#"}, {"type": "string"}]},
        {"type": "array", "items": {"$ref": "#"}},
        {"properties": {"a": {"$ref": "#"}}, "required": ["a"]},
        {"allOf": [{"$ref": "#"}]},
        {"anyOf": [{"anyOf": [{"$ref": "#"}, {"type": "integer"}]}, {"type": "null"}]},
    ],
)
@pytest.mark.parametrize("value", [{"a": {"a": {}}}, [[[]]], "text", None, 1])
def test_schemas_that_contain_themselves_come_to_an_end(schema: Any, value: Any) -> None:
    page = Page(render(schema, value))

    assert parse(schema, value, page.submit()) == value
    for op in page.buttons:
        assert render(schema, apply_op(schema, value, op))
    validate(schema, value)
    locate(schema, ("a", "a", 0, "int"))
