"""Values against schemas: one sentence for each place that is wrong."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings

from approvals.schemaform import summary_fields, validate
from tests.approvals.schemaform.models import SCHEMA, refund
from tests.approvals.schemaform.samples import drafts


def test_a_valid_value_has_no_complaints() -> None:
    assert validate(SCHEMA, refund()) == {}


def test_each_wrong_place_has_its_sentence() -> None:
    value = {
        **refund(title="x"),
        "title": "x" * 81,
        "ship_to": {"street": "a", "city": "b", "country": "Spain"},
        "items": [{"sku": "A", "quantity": 0, "unit_price": "1"}, {"sku": "B", "quantity": "two"}],
        "priority": "urgent",
        "notify": "yes",
        "send_at": "soon",
        "reviewer_hint": [],
    }

    assert validate(SCHEMA, value) == {
        "/title": "This may have at most 80 characters.",
        "/ship_to/country": "This must match the pattern ^[A-Z]{2}$",
        "/items/0/quantity": "This must be at least 1.",
        "/items/1/quantity": "This must be a whole number.",
        "/items/1/unit_price": "This field is required.",
        "/priority": 'This must be one of "low", "high".',
        "/notify": "This must be yes or no.",
        "/send_at": "This is not a valid date-time.",
        "/reviewer_hint": "This should be one of: Whole number, Text.",
    }


def test_only_the_alternative_that_was_meant_is_complained_about() -> None:
    value = {**refund(), "method": {"kind": "card"}, "pet": {"barks": "loud"}}

    assert validate(SCHEMA, value) == {
        "/method/last4": "This field is required.",
        "/pet/barks": "This must be a whole number.",
    }


def test_unknown_fields_are_complained_about_where_none_are_allowed() -> None:
    schema = {"properties": {"a": {}}, "additionalProperties": False}

    assert validate(schema, {"a": 1, "b/c": 2}) == {"/b~1c": "This field is not known."}


@pytest.mark.parametrize(
    ("kind", "text", "fits"),
    [
        ("date-time", "2026-11-24T09:00:00", True),
        ("date-time", "2026-11-24T09:00:00Z", True),
        ("date-time", "2026-11-24", False),
        ("time", "09:00:00", True),
        ("time", "9", False),
        ("date", "2026-02-30", False),
        ("email", "nobody", False),
    ],
)
def test_formats_are_checked_the_way_pydantic_writes_them(kind: str, text: str, fits: bool) -> None:
    assert (validate({"type": "string", "format": kind}, text) == {}) == fits


@pytest.mark.parametrize(
    "schema",
    [
        {"$ref": "http://127.0.0.1:9/schema.json"},
        {"$ref": "#/$defs/nowhere"},
        {"type": "nonsense"},
        {"minimum": "x"},
        {"$ref": "#"},
        {"properties": []},
    ],
)
def test_a_broken_schema_is_a_complaint_and_nothing_is_fetched(schema: Any) -> None:
    assert list(validate(schema, {"a": 1})) in ([""], [])
    assert validate({"allOf": [{"$ref": "http://127.0.0.1:9/x"}]}, 1)[""]


def test_a_pattern_of_another_dialect_is_not_held_against_the_value() -> None:
    assert validate({"pattern": r"^(?<$name>A)+$"}, "abc") == {}


@settings(max_examples=60)
@given(drafts())
def test_any_value_can_be_checked_against_any_schema(draft: Any) -> None:
    schema, _, value = draft

    complaints = validate(schema, value)

    assert all(message and (not at or at[0] == "/") for at, message in complaints.items())


def test_a_summary_is_the_first_three_plain_fields() -> None:
    value = {"to": "Ana", "cc": None, "items": [1], "amount": 129.9, "urgent": True, "more": 1}

    assert summary_fields(value) == "to Ana · amount 129.9 · urgent true"
    assert summary_fields({"body": "long " * 20}) == "body long long long long long long long long…"
    assert (summary_fields("hello"), summary_fields(None), summary_fields([1])) == ("hello", "", "")
