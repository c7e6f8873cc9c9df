"""Raw schemas of pydantic models: shown whole, given back whole, and valid again."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from approvals.schemaform import apply_op, locate, parse, render, validate
from tests.approvals.schemaform.browser import Page
from tests.approvals.schemaform.models import SCHEMA, Address, Item, Refund, Tree, refund

TEXT = st.text(
    alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=9
)
TREES = st.recursive(
    st.builds(Tree, name=TEXT, children=st.just([]), best=st.none()),
    lambda inner: st.builds(
        Tree, name=TEXT, children=st.lists(inner, max_size=2), best=st.none() | inner
    ),
    max_leaves=12,
)
DECIMALS = st.decimals(allow_nan=False, allow_infinity=False)
REFUNDS = st.builds(
    Refund,
    title=TEXT,
    amount=DECIMALS,
    items=st.lists(st.builds(Item, unit_price=DECIMALS), max_size=2),
    prices=st.dictionaries(TEXT, DECIMALS, max_size=2),
    metadata=st.dictionaries(TEXT, st.integers() | TEXT | st.booleans(), max_size=2),
    ship_to=st.none() | st.builds(Address, country=st.just("ES")),
    tree=st.none() | TREES,
).map(lambda model: model.model_dump(mode="json"))


@settings(max_examples=60)
@given(REFUNDS, REFUNDS)
def test_any_refund_survives_the_form(original: Any, value: Any) -> None:
    html = render(SCHEMA, value, original=original, tz="Europe/Madrid")

    parsed = parse(SCHEMA, original, Page(html).submit(), tz="Europe/Madrid")

    assert json.dumps(parsed, sort_keys=True) == json.dumps(value, sort_keys=True)


@settings(max_examples=30)
@given(REFUNDS)
def test_what_pydantic_wrote_fits_its_own_schema(value: Any) -> None:
    assert validate(SCHEMA, value) == {}


def test_every_field_of_the_model_has_a_control_or_a_text() -> None:
    page = render(SCHEMA, refund(), original=refund())

    shown = [name for name in Refund.model_fields if f'data-pointer="/{name}"' in page]

    assert shown == list(Refund.model_fields)


def test_a_tree_of_any_depth_is_laid_out_as_far_as_it_goes_and_then_as_json() -> None:
    value: dict[str, Any] = {"name": "leaf", "children": [], "best": None}
    for _ in range(12):
        value = {"name": "n", "children": [value], "best": None}
    schema = Tree.model_json_schema()

    page = Page(render(schema, value))

    assert parse(schema, value, page.submit()) == value
    texts = [control.name for control in page.inputs if control.kind == "textarea"]
    assert texts == ["/children/0" * 4 + "/children", "/children/0" * 4 + "/best"]


def test_changing_an_alternative_and_adding_items_leads_to_a_valid_refund() -> None:
    value = original = refund()
    for op in ("variant:/method:1", "add:/items", "add:/tags", "remove:/items/0", "variant:/pet:1"):
        value = apply_op(SCHEMA, value, op, original=original)
    page = Page(render(SCHEMA, value, original=original))

    post = page.submit_with(
        {
            "/method/last4": "1234", "/items/1/sku": "GIFT-9", "/items/1/quantity": "2",
            "/items/1/unit_price": "0.50", "/items/1/gift": "true", "/tags/2": "new",
            "/pet/barks": "3",
        }
    )  # fmt: skip
    parsed = parse(SCHEMA, original, post)

    assert Refund.model_validate(parsed).model_dump(mode="json") == refund(
        method={"kind": "card", "last4": "1234"},
        items=[
            Item(**original["items"][1]),
            Item(sku="GIFT-9", quantity=2, unit_price="0.50", gift=True),
        ],
        tags=["refund", "vip", "new"],
        pet={"barks": 3, "breed": "unknown"},
    )


def pointers(value: dict[str, Any]) -> list[str]:
    try:
        Refund.model_validate(value)
    except ValidationError as error:
        return sorted({locate(SCHEMA, found["loc"]) for found in error.errors()})
    return []


def test_pydantic_errors_are_located_through_unions_lists_and_dicts() -> None:
    wrong = {
        **refund(),
        "amount": "x",
        "send_at": "soon",
        "ship_to": {"street": "a", "city": "b", "country": "Spain"},
        "items": [{"sku": "A", "quantity": 0, "unit_price": "1"}, {"sku": "B"}],
        "method": {"kind": "card"},
        "pet": {"barks": "loud"},
        "reviewer_hint": [],
        "prices": {"a/b": "x"},
        "point": [1],
        "tree": {"name": "a", "children": [{"name": 1}]},
    }

    assert pointers(wrong) == [
        "/amount", "/items/0/quantity", "/items/1/quantity", "/items/1/unit_price",
        "/method/last4", "/pet/barks", "/pet/meows", "/point/1", "/prices/a~1b",
        "/reviewer_hint", "/send_at", "/ship_to/country", "/tree/children/0/name",
    ]  # fmt: skip


def test_a_wrong_tag_is_located_at_the_union() -> None:
    assert pointers({**refund(), "method": {"kind": "cash"}}) == ["/method"]


def test_an_error_that_leads_nowhere_is_located_as_near_as_possible() -> None:
    assert locate(SCHEMA, ("ship_to", "nowhere", 3)) == "/ship_to"
    assert locate(SCHEMA, ("nowhere",)) == ""
    assert locate(SCHEMA, ()) == ""
    assert locate({"type": "integer"}, ("int",)) == ""
