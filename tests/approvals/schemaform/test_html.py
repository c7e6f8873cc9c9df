"""The form as HTML: safe, labelled, and honest about who said what."""

from __future__ import annotations

import re
from typing import Any

from hypothesis import given, settings

from approvals.schemaform import field_id, render
from tests.approvals.schemaform.browser import Page
from tests.approvals.schemaform.models import SCHEMA, refund
from tests.approvals.schemaform.samples import KEYS, drafts

EVIL = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>&amp;</textarea>"
ALLOWED_TAGS = {
    "div", "fieldset", "legend", "label", "span", "p", "pre", "s", "ul", "li", "a", "input",
    "select", "option", "textarea", "button",
}  # fmt: skip
ALLOWED_ATTRIBUTES = {
    "class", "id", "for", "name", "value", "type", "rows", "href", "role", "tabindex", "selected",
    "checked", "step", "inputmode", "autocomplete", "spellcheck", "formnovalidate", "data-pointer",
    "data-focus", "aria-hidden", "aria-label", "aria-labelledby", "aria-required", "aria-invalid",
    "aria-describedby", "aria-pressed",
}  # fmt: skip


def test_markup_in_values_schemas_keys_and_errors_is_text() -> None:
    schema = {
        "type": "object",
        "properties": {
            EVIL: {"type": "string", "title": EVIL, "description": EVIL},
            "e": {"enum": [EVIL, 1]},
            "u": {"anyOf": [{"type": "object", "properties": {"a": {}}, "title": EVIL},
                            {"type": "integer"}]},
            "c": {"const": EVIL},
            "j": {},
        },
    }  # fmt: skip
    value = {EVIL: EVIL, "e": EVIL, "u": {"a": EVIL}, "c": EVIL, "j": {EVIL: EVIL}, EVIL * 2: EVIL}
    original = {EVIL: EVIL[1:], "e": 1, "u": 1, "c": 1, "j": EVIL, "gone": EVIL}

    html = render(schema, value, original=original, errors={f"/{EVIL}": EVIL}, flagged=[EVIL])
    page, text = Page(html), Page(render(schema, value, original=original, readonly=True))

    assert page.tags <= ALLOWED_TAGS and text.tags <= ALLOWED_TAGS
    assert page.attributes <= ALLOWED_ATTRIBUTES
    assert EVIL in [control.value for control in page.controls]


@settings(max_examples=80)
@given(drafts())
def test_every_control_is_labelled_and_every_reference_has_its_target(draft: Any) -> None:
    schema, original, value = draft

    page = Page(render(schema, value, original=original))

    assert [control.id for control in page.inputs] == page.labels
    assert len(page.ids) == len(set(page.ids))
    assert set(page.described) <= set(page.ids)
    assert page.tags <= ALLOWED_TAGS
    assert page.attributes <= ALLOWED_ATTRIBUTES


@settings(max_examples=80)
@given(drafts())
def test_a_read_only_page_has_nothing_to_press_or_to_send(draft: Any) -> None:
    schema, original, value = draft

    page = Page(render(schema, value, original=original, readonly=True))

    assert (page.controls, page.buttons) == ([], [])


@given(KEYS, KEYS)
def test_different_keys_have_different_ids_that_need_no_escaping(one: str, other: str) -> None:
    ids = [field_id(f"/{key.replace('~', '~0').replace('/', '~1')}") for key in (one, other)]

    assert (ids[0] == ids[1]) == (one == other)
    assert all(re.fullmatch(r"[A-Za-z][\w-]*", found, re.ASCII) for found in ids)


def test_a_changed_field_says_what_the_agent_proposed() -> None:
    page = Page(render(SCHEMA, {**refund(), "amount": "99.00"}, original=refund()))

    assert "Agent proposed 129.90 Revert Amount (EUR)" in page.words
    assert "revert:/amount" in page.buttons
    assert page.words.count("Agent proposed") == 1


def test_an_untouched_form_claims_no_changes() -> None:
    page = Page(render(SCHEMA, refund(), original=refund()))

    assert "Agent proposed" not in page.words and "Added by you" not in page.words
    assert not [op for op in page.buttons if op.startswith("revert")]


def test_added_and_removed_items_are_named() -> None:
    value = refund(items=[*refund()["items"][1:], {"sku": "N", "quantity": 1, "unit_price": "1"}])

    page = Page(render(SCHEMA, value, original=refund()))

    assert page.words.count("Added by you") == 1
    assert 'Removed by you: {"sku": "LAMP-1", "quantity": 1' in page.words
    assert [op for op in page.buttons if op.startswith("revert")] == [
        "revert:/items", "revert:/items/1",
    ]  # fmt: skip


def test_another_alternative_is_marked_as_a_whole() -> None:
    value = refund(method={"kind": "card", "last4": "1"})

    page = Page(render(SCHEMA, value, original=refund()))

    assert 'Agent proposed {"kind": "bank"' in page.words
    assert [op for op in page.buttons if op.startswith("revert")] == ["revert:/method"]


def test_flagged_places_are_marked() -> None:
    page = Page(render(SCHEMA, refund(), flagged=["/amount", "/items", "/method"]))

    assert page.words.count("check this") == 3


def test_errors_stand_at_their_fields_and_in_the_summary() -> None:
    errors = {"/amount": "Too much.", "/items/1/sku": "Unknown.", "/metadata/model": "Odd."}

    page = Page(render(SCHEMA, refund(), errors=errors))

    assert page.links == ["#f-amount", "#f-items-1-sku", "#f-metadata"]
    assert "3 fields need attention" in page.words
    assert "Items 2 / Sku: Unknown." in page.words
    assert {"f-amount_error", "f-items-1-sku_error", "f-metadata_error"} <= set(page.described)


def test_an_error_without_a_field_is_in_the_summary_all_the_same() -> None:
    page = Page(render(SCHEMA, refund(), errors={"": "Nobody knows.", "/x/y": "Lost."}))

    assert "Nobody knows. x / y: Lost." in page.words


def test_characters_nobody_can_see_are_named() -> None:
    page = Page(render(SCHEMA, refund(title="ES91\u200b2100\u202e")))

    assert "Contains characters you cannot see: U+200B, U+202E" in page.words


def test_huge_values_are_cut_for_reading_but_never_in_a_control() -> None:
    value = {**refund(), "title": "x" * 50_000}

    reading = render(SCHEMA, value, readonly=True)
    writing = Page(render(SCHEMA, value))

    assert "… (46,000 more characters)" in reading
    assert [control.value for control in writing.inputs if control.name == "/title"] == [
        "x" * 50_000
    ]


def test_text_no_browser_can_hold_does_not_break_the_page() -> None:
    value = {"x": "a\ud800\0b", "j": {"k": "\ud800"}}

    html = render({"type": "object", "properties": {"x": {"type": "string"}, "j": {}}}, value)

    assert html.encode() and "\0" not in html


def test_the_first_button_changes_nothing_because_enter_presses_it() -> None:
    assert Page(render(SCHEMA, refund())).buttons[0] == "check"


def test_long_or_broken_texts_get_an_area_and_short_ones_a_line() -> None:
    properties = {name: {"type": "string"} for name in "abc"} | {
        "d": {"type": "string", "format": "markdown"}
    }
    value = {"a": "short", "b": "two\nlines", "c": "long" * 30, "d": ""}

    page = Page(render({"type": "object", "properties": properties}, value))

    kinds = {control.name: control.kind for control in page.inputs}
    assert kinds == {"/a": "text", "/b": "textarea", "/c": "textarea", "/d": "textarea"}


def test_a_date_control_is_never_given_what_it_would_drop() -> None:
    schema = {"type": "object", "properties": {"d": {"type": "string", "format": "date"}}}

    kinds = [Page(render(schema, {"d": d})).inputs[0].kind for d in ("2026-11-24", "soon", None)]

    assert kinds == ["date", "text", "date"]
