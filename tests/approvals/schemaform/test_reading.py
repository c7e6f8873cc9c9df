"""What a changed field is read as, and what is refused."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.http import QueryDict

from approvals.schemaform import FormError, parse, render
from approvals.schemaform.values import same
from tests.approvals.schemaform.browser import Page

DECIMAL = {"anyOf": [{"type": "number"}, {"type": "string"}]}


def field(schema: Any) -> dict[str, Any]:
    return {"type": "object", "properties": {"x": schema}}


def typed(schema: Any, before: Any, text: str, *, tz: str = "UTC") -> Any:
    """What field x becomes when its control holds `text`."""
    original = {"x": before}
    page = Page(render(field(schema), original, original=original, tz=tz))
    return parse(field(schema), original, page.submit_with({"/x": text}), tz=tz)["x"]


def complaint(schema: Any, before: Any, text: str, *, tz: str = "UTC") -> str:
    with pytest.raises(FormError) as caught:
        typed(schema, before, text, tz=tz)
    return caught.value.errors["/x"]


@pytest.mark.parametrize(
    ("schema", "before", "text", "after"),
    [
        (DECIMAL, "129.90", "99.00", "99.00"),
        (DECIMAL, "129.90", " 99 ", "99"),
        (DECIMAL, 129.9, "99.5", 99.5),
        (DECIMAL, 129.9, "99", 99.0),
        (DECIMAL, 129, "99", 99),
        (DECIMAL, None, "99.00", "99.00"),
        (DECIMAL, "a text", "another", "another"),
        ({"type": "number"}, 1.5, "2", 2.0),
        ({"type": "number"}, 1, "2.5", 2.5),
        ({"type": "number"}, None, "2", 2),
        ({"type": "number"}, 1, "1e3", 1000.0),
        ({"type": "integer"}, 1, "-7", -7),
        ({"type": "integer"}, 1, "123456789012345678901234567890", 123456789012345678901234567890),
        ({"type": "integer"}, 1, "3.0", 3),
        ({"type": "string"}, "a", "", ""),
        ({"type": ["string", "null"]}, "a", "", None),
        ({"type": "string"}, "a\nb", "a\nc", "a\nc"),
        ({"type": "string"}, "a\r\nb", "a\r\nc", "a\r\nc"),
        ({"type": ["boolean", "null"]}, None, "false", False),
        ({"type": ["boolean", "null"]}, True, "", None),
        ({"enum": [1, "1", True, 1.5]}, 1, '"1"', "1"),
        ({"enum": [1, "1", True, 1.5]}, 1, "true", True),
        ({"enum": ["low", "high"]}, "low", "high", "high"),
        ({}, {"a": 1}, '{"a": 1.0}', {"a": 1.0}),
    ],
)
def test_a_changed_field_keeps_the_type_it_had(
    schema: Any, before: Any, text: str, after: Any
) -> None:
    assert same(typed(schema, before, text), after)


@pytest.mark.parametrize(
    ("schema", "before", "text", "message"),
    [
        (DECIMAL, "129.90", "abc", "Enter a number, with a point before the decimals: 1234.50"),
        (DECIMAL, "129.90", "1,5", "Enter a number, with a point before the decimals: 1234.50"),
        (DECIMAL, "129.90", "", "A value is needed here."),
        ({"type": "number"}, 1, "NaN", "Enter a number, with a point before the decimals: 1234.50"),
        ({"type": "number"}, 1, "٣", "Enter a number, with a point before the decimals: 1234.50"),
        ({"type": "number"}, 1, "1_0", "Enter a number, with a point before the decimals: 1234.50"),
        ({"type": "number"}, 1, "1e999", "Too many digits: this would be sent as inf."),
        ({"type": "number"}, 1, "0.12345678901234567890",
         "Too many digits: this would be sent as 0.12345678901234568."),
        ({"type": "integer"}, 1, "1.5", "Enter a whole number."),
        ({"type": "integer"}, 1, "one", "Enter a whole number."),
        ({"type": "string"}, "a", "a\0b",
         "Remove the characters that cannot be stored (NUL, half surrogates)."),
        ({"enum": ["low", "high"]}, "low", "urgent", "Choose one of the options."),
        ({"type": "string", "format": "date"}, "2026-11-24", "2026-02-30",
         "Enter a date, such as 2026-11-24."),
        ({"type": "string", "format": "date-time"}, None, "soon",
         "Enter a date and a time, such as 2026-11-24T09:00."),
        ({"type": "string", "format": "time"}, "09:00:00", "25:00", "Enter a time, such as 09:00."),
        ({}, 1, '{"a": 1,\n"b"}', "Not valid JSON: Expecting ':' delimiter (line 2, column 4)."),
        ({}, 1, '{"a": 1, "a": 2}',
         "Not valid JSON: the key 'a' appears twice in one object."),
        ({}, 1, "[" * 5000, "JSON of more than 100 levels is not accepted."),
        ({}, 1, "[" * 150 + "]" * 150, "JSON of more than 100 levels is not accepted."),
        ({}, 1, f'"{"x" * 1_000_000}"', "JSON of more than 1,000,000 bytes is not accepted."),
        ({}, 1, "1e999", "must be a finite number"),
        ({}, 1, "NaN", "Not valid JSON: NaN is not a JSON number."),
        ({}, 1, '{"a": "\\u0000"}', "/a must not contain the NUL character"),
        ({}, 1, '["\\ud800"]', "/0 must not contain half of a surrogate pair"),
        ({"type": "object"}, {}, "", "A value is needed here."),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_refused_with_a_reason(
    schema: Any, before: Any, text: str, message: str
) -> None:
    assert complaint(schema, before, text).strip() == message


MOMENT = {"type": "string", "format": "date-time"}


@pytest.mark.parametrize(
    ("before", "text", "after"),
    [
        ("2026-11-24T09:00:00Z", "2026-11-24T11:30", "2026-11-24T10:30:00Z"),
        ("2026-11-24T09:00:00.123456Z", "2026-11-24T10:00:00.123", "2026-11-24T09:00:00.123456Z"),
        ("2026-11-24T09:00:00-05:00", "2026-11-24T15:30", "2026-11-24T09:30:00-05:00"),
        ("2026-11-24T09:00:00", "2026-11-24T09:30", "2026-11-24T09:30:00"),
        (None, "2026-07-01T09:30", "2026-07-01T09:30:00+02:00"),
        ("soon", "2026-11-24T09:00:00Z", "2026-11-24T09:00:00Z"),
    ],
)
def test_a_moment_is_entered_in_the_readers_zone_and_written_as_it_was(
    before: Any, text: str, after: str
) -> None:
    assert typed(MOMENT, before, text, tz="Europe/Madrid") == after


def test_a_moment_the_clocks_skip_is_refused() -> None:
    message = complaint(MOMENT, None, "2026-03-29T02:30", tz="Europe/Madrid")

    assert message == "The clocks in Europe/Madrid skip this time. Choose another."


def test_the_zone_of_a_moment_is_shown() -> None:
    aware = render(field(MOMENT), {"x": "2026-11-24T09:00:00Z"}, tz="Europe/Madrid")
    naive = render(field(MOMENT), {"x": "2026-11-24T09:00:00"}, tz="Europe/Madrid")

    assert 'value="2026-11-24T10:00"' in aware and "Europe/Madrid" in aware
    assert 'value="2026-11-24T09:00"' in naive and "no time zone" in naive


@pytest.mark.parametrize("length", ["-1", "1e9", "999999999999", "x", "1001", "²"])
def test_a_forged_length_is_refused_and_the_list_kept(length: str) -> None:
    schema = field({"type": "array", "items": {"type": "string"}})

    with pytest.raises(FormError) as caught:
        parse(schema, {"x": ["a"]}, QueryDict(f"/x~n={length}"))

    assert caught.value.errors == {"/x": "A list of at most 1000 items was expected."}
    assert caught.value.value == {"x": ["a"]}


def test_forged_lengths_in_many_lists_are_limited_together() -> None:
    schema = field({"type": "array", "items": {"type": "array", "items": {"type": "string"}}})
    post = "&".join(["/x~n=1000", *(f"/x/{index}~n=1000" for index in range(1000))])

    with pytest.raises(FormError):
        parse(schema, {"x": []}, QueryDict(post))


def test_names_the_schema_does_not_know_are_ignored() -> None:
    post = QueryDict("/x=b&/y=1&/x/0=c&x=d&csrfmiddlewaretoken=e&/x~was=%7B&/x~v=9")

    assert parse(field({"type": "string"}), {"x": "a"}, post) == {"x": "b"}


def test_an_empty_post_changes_nothing() -> None:
    original = {"x": True, "unknown": [1, {"a": None}]}

    assert same(parse(field({"type": "boolean"}), original, QueryDict("")), original)


def test_properties_the_schema_does_not_know_are_shown_and_kept() -> None:
    original = {"x": "a", "secret_fee": {"eur": 12.50}}
    page = Page(render(field({"type": "string"}), original, original=original))

    assert "Secret fee" in page.words and '"eur": 12.5' in page.words
    assert parse(field({"type": "string"}), original, page.submit()) == original


def test_several_errors_leave_everything_else_as_typed() -> None:
    properties = {"n": {"type": "integer"}, "t": {"type": "string"}, "j": {}}
    schema = {"type": "object", "properties": properties}
    original = {"n": 1, "t": "a", "j": {}}
    page = Page(render(schema, original))

    with pytest.raises(FormError) as caught:
        parse(schema, original, page.submit_with({"/n": "x", "/t": "b", "/j": "{"}))
    again = Page(render(schema, caught.value.value, original=original))

    assert list(caught.value.errors) == ["/n", "/j"]
    assert [control.value for control in again.inputs] == ["x", "b", "{"]
    assert again.links == ["#f-n", "#f-j"]


def test_several_forms_share_a_page_under_prefixes() -> None:
    schema, one, two = field({"type": "string"}), {"x": "a"}, {"x": "b"}
    first, second = render(schema, one, prefix="a0:"), render(schema, two, prefix="a1:")
    page = Page(first + second)

    post = page.submit_with({"a1:/x": "c"})

    assert parse(schema, one, post, prefix="a0:") == one
    assert parse(schema, two, post, prefix="a1:") == {"x": "c"}
    assert len(page.ids) == len(set(page.ids))


@pytest.mark.parametrize(
    ("schema", "value", "text", "after"),
    [
        ({"type": "string"}, "a", "b", "b"),
        ({"type": "integer"}, 1, "2", 2),
        ({}, {"a": 1}, "[]", []),
    ],
)
def test_a_schema_without_an_object_is_one_field(
    schema: Any, value: Any, text: str, after: Any
) -> None:
    page = Page(render(schema, value))

    assert parse(schema, value, page.submit_with({"~root": text})) == after


def test_a_value_reads_the_same_after_json_has_carried_it() -> None:
    original = json.loads('{"x": 12345678901234567890123, "y": 1.0, "z": 1e2}')

    page = Page(render({"type": "object", "properties": {"x": {"type": "number"}}}, original))

    assert same(parse(field({"type": "number"}), original, page.submit()), original)


def test_an_error_inside_an_alternative_does_not_change_the_alternative() -> None:
    inner = {"type": "object", "properties": {"a": {"enum": [1, 2]}}}
    schema = field({"anyOf": [{"type": "string"}, inner]})
    original = {"x": {"a": 1}}
    page = Page(render(schema, original))

    with pytest.raises(FormError) as caught:
        parse(schema, original, page.submit_with({"/x/a": "3"}))
    again = Page(render(schema, caught.value.value, original=original))

    assert again.submit()["/x~v"] == "1"
    assert again.links == ["#f-x-a"]
