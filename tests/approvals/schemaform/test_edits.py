"""Editing one field changes that field, and the list of changes says so."""

from __future__ import annotations

from typing import Any

import jsonpatch
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from approvals.schemaform import Change, FormError, diff, parse, patch, render
from approvals.schemaform.pointers import lookup, received
from approvals.schemaform.values import MISSING, same
from approvals.schemaform.walk import replaced
from tests.approvals.schemaform.browser import Page
from tests.approvals.schemaform.samples import JSON, PAIRS, disturbed

NEW_TEXTS = st.sampled_from(
    ["7", "7.5", "x", "2027-01-02", "2027-01-02T03:04", "03:04", "true", "false", "[1]", "{}", "~1"]
)


@settings(max_examples=60)
@given(PAIRS, st.data())
def test_editing_one_field_changes_exactly_that_pointer(
    pair: tuple[Any, Any], data: st.DataObject
) -> None:
    schema, original = pair
    page = Page(render(schema, original, original=original))
    assume(page.inputs)
    control = data.draw(st.sampled_from(page.inputs))
    pointer = "" if control.name == "~root" else received(control.name)
    text: str | None = data.draw(st.sampled_from(control.options) if control.options else NEW_TEXTS)
    if control.kind == "checkbox":
        text = None if control.checked else "true"

    try:
        value = parse(schema, original, page.submit_with({control.name: text}))
    except FormError:
        assume(False)

    assert same(value, replaced(original, pointer, lookup(value, pointer)))
    assert all(f"{change.pointer}/".startswith(f"{pointer}/") for change in diff(original, value))


@settings(max_examples=60)
@given(st.tuples(JSON, JSON) | JSON.flatmap(lambda one: st.tuples(st.just(one), disturbed(one))))
def test_a_patch_turns_what_was_before_into_what_came_after(pair: tuple[Any, Any]) -> None:
    before, after = pair

    patched = jsonpatch.apply_patch(before, patch(before, after))

    assert same(patched, after)


@given(JSON)
def test_equal_values_have_no_changes(value: Any) -> None:
    assert diff(value, value) == []


def test_an_inserted_item_is_one_change() -> None:
    before, after = [{"a": 1}, {"a": 2}], [{"a": 0}, {"a": 1}, {"a": 2}]

    assert diff(before, after) == [Change("/0", MISSING, {"a": 0}, "added")]


def test_an_edited_item_after_a_removed_one_is_still_known() -> None:
    before = {"items": [{"sku": "A", "n": 1}, {"sku": "B", "n": 2}]}
    after = {"items": [{"sku": "B", "n": 3}]}

    assert diff(before, after) == [
        Change("/items/0", {"sku": "A", "n": 1}, MISSING, "removed"),
        Change("/items/0/n", 2, 3, "changed"),
    ]


def test_a_changed_type_is_a_change() -> None:
    assert diff({"a": 1}, {"a": True}) == [Change("/a", 1, True, "changed")]
    assert diff({"a": 1}, {"a": 1.0}) == [Change("/a", 1, 1.0, "changed")]


def test_keys_with_slashes_and_tildes_are_escaped() -> None:
    assert patch({"a/b~c": 1}, {"a/b~c": 2}) == [{"op": "replace", "path": "/a~1b~0c", "value": 2}]
