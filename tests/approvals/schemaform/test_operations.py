"""What the buttons do to a value."""

from __future__ import annotations

from typing import Any

import pytest

from approvals.schemaform import FormError, apply_op, parse, render
from tests.approvals.schemaform.browser import Page
from tests.approvals.schemaform.models import SCHEMA, refund


def pressed(op: str, value: Any = None, **changes: Any) -> Any:
    return apply_op(SCHEMA, value or refund(**changes), op, original=refund())


def test_add_appends_an_item_with_its_defaults() -> None:
    assert pressed("add:/items")["items"][2:] == [{"gift": False}]
    assert pressed("add:/tags")["tags"] == ["refund", "vip", ""]
    assert pressed("add:/codes")["codes"] == [None]


def test_add_sets_an_object_that_was_not_set() -> None:
    assert pressed("add:/ship_to", ship_to=None)["ship_to"] == {}


def test_remove_takes_out_one_item() -> None:
    assert pressed("remove:/items/0")["items"] == refund()["items"][1:]


def test_remove_clears_an_optional_object() -> None:
    assert pressed("remove:/ship_to")["ship_to"] is None


def test_remove_leaves_required_fields_alone() -> None:
    assert pressed("remove:/title") == refund()


def test_variant_starts_another_alternative() -> None:
    assert pressed("variant:/method:1")["method"] == {"kind": "card"}


def test_a_variant_the_agent_had_chosen_comes_back_with_its_values() -> None:
    value = pressed("variant:/method:1")

    assert pressed("variant:/method:0", value) == refund()


@pytest.mark.parametrize("variant", [0, 1])
def test_untagged_alternatives_can_all_be_chosen(variant: int) -> None:
    value = pressed(f"variant:/pet:{variant}")

    page = Page(render(SCHEMA, value, original=refund()))

    assert parse(SCHEMA, refund(), page.submit())["pet"] == value["pet"]
    assert page.submit()["/pet~v"] == str(variant)


def test_a_number_can_be_chosen_where_nothing_or_a_text_was() -> None:
    value = pressed("variant:/reviewer_hint:0")

    page = Page(render(SCHEMA, value, original=refund()))

    assert parse(SCHEMA, refund(), page.submit_with({"/reviewer_hint": "5"}))["reviewer_hint"] == 5


def test_revert_restores_what_the_agent_proposed() -> None:
    value = {**refund(), "amount": "99.00", "tags": ["vip", "new"]}

    assert pressed("revert:/amount", value)["amount"] == "129.90"
    assert pressed("revert:/tags", value)["tags"] == ["refund", "vip"]


def test_revert_finds_an_item_that_has_moved() -> None:
    value = refund()
    value["items"] = [{**value["items"][1], "quantity": 7}]

    reverted = pressed("revert:/items/0/quantity", value)

    assert reverted["items"] == [refund()["items"][1]]


def test_revert_of_an_added_item_takes_it_out() -> None:
    assert pressed("revert:/tags/2", pressed("add:/tags")) == refund()


@pytest.mark.parametrize(
    "op",
    [
        "", "check", "add", "add:", "add:/title", "add:/nowhere/0", "add:items", "remove:",
        "remove:/items/9", "remove:/items/-1", "remove:/items/01", "variant:/method:9",
        "variant:/method:x", "variant:/title:0", "variant:", "revert:/items/9", "revert:/nowhere",
        "delete:/items", "add:/items/0/~2", "remove:/items/\u0660",
    ],
)  # fmt: skip
def test_a_press_that_does_not_fit_changes_nothing(op: str) -> None:
    assert pressed(op) == refund()


def test_the_given_value_is_never_changed() -> None:
    value = refund()

    for op in ("add:/items", "remove:/items/0", "variant:/method:1", "revert:/amount"):
        apply_op(SCHEMA, value, op, original=refund(amount="1.00"))

    assert value == refund()


def test_an_error_moves_along_with_its_item() -> None:
    original = refund()
    page = Page(render(SCHEMA, original))
    with pytest.raises(FormError) as caught:
        parse(SCHEMA, original, page.submit_with({"/items/1/quantity": "three"}))

    value = apply_op(SCHEMA, caught.value.value, "remove:/items/0", original=original)
    again = Page(render(SCHEMA, value, original=original))

    assert again.submit()["/items/0/quantity"] == "three"
    assert again.links == ["#f-items-0-quantity"]
