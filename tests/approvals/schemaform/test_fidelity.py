"""The one rule of the form: what nobody touched comes back exactly as it was."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from approvals.schemaform import FormError, apply_op, parse, render, validate
from approvals.schemaform.values import Unparsed, as_submitted, same
from tests.approvals.schemaform.browser import Page
from tests.approvals.schemaform.samples import JSON, PAIRS, drafts

ZONES = st.sampled_from(["UTC", "Europe/Madrid", "Asia/Kathmandu", "America/St_Johns"])


def exactly(value: Any) -> str:
    """JSON text tells 1, 1.0 and true apart, where == does not."""
    return json.dumps(value, sort_keys=True)


@settings(max_examples=60)
@given(PAIRS, ZONES)
def test_an_untouched_form_gives_back_the_value(pair: tuple[Any, Any], tz: str) -> None:
    schema, value = pair

    data = Page(render(schema, value, original=value, tz=tz)).submit()

    assert exactly(parse(schema, value, data, tz=tz)) == exactly(value)


@settings(max_examples=60)
@given(PAIRS, JSON)
def test_a_value_that_does_not_fit_its_schema_comes_back_too(
    pair: tuple[Any, Any], value: Any
) -> None:
    schema, _ = pair

    data = Page(render(schema, value)).submit()

    assert exactly(parse(schema, value, data)) == exactly(value)


@settings(max_examples=100)
@given(drafts(), ZONES)
def test_an_untouched_draft_gives_back_the_draft(draft: tuple[Any, Any, Any], tz: str) -> None:
    schema, original, value = draft

    data = Page(render(schema, value, original=original, tz=tz)).submit()

    assert exactly(parse(schema, original, data, tz=tz)) == exactly(value)


@settings(max_examples=60)
@given(drafts(), st.data())
def test_whatever_button_is_pressed_nothing_else_is_lost(
    draft: tuple[Any, Any, Any], data: st.DataObject
) -> None:
    schema, original, value = draft
    page = Page(render(schema, value, original=original))
    op = data.draw(st.sampled_from(page.buttons))
    pressed = apply_op(schema, value, op, original=original)
    assume(not has_gap(pressed))

    again = Page(render(schema, pressed, original=original)).submit()

    assert exactly(parsed(schema, original, again)) == exactly(pressed)


@settings(max_examples=60)
@given(drafts(), st.data())
def test_what_could_not_be_read_is_shown_again_with_its_message(
    draft: tuple[Any, Any, Any], data: st.DataObject
) -> None:
    schema, original, value = draft
    page = Page(render(schema, value, original=original))
    assume(page.inputs)
    control = data.draw(st.sampled_from(page.inputs))
    text = data.draw(st.text(max_size=20) | st.sampled_from(["", "1e999", "{", "[1", "NaN"]))

    try:
        parse(schema, original, page.submit_with({control.name: text}))
    except FormError as error:
        again = Page(render(schema, error.value, original=original))
        assert as_submitted(str(again.submit()[control.name])) == as_submitted(text)
        assert all(" ".join(message.split()) in again.words for message in error.errors.values())


@settings(max_examples=60)
@given(drafts(), st.data())
def test_no_post_breaks_the_form(draft: tuple[Any, Any, Any], data: st.DataObject) -> None:
    schema, original, value = draft
    page = Page(render(schema, value, original=original))
    names = st.sampled_from([control.name for control in page.controls] or ["~root"])
    texts = st.text(max_size=20) | st.sampled_from(["", "{", "[1", "~1", "7", "99999", "-1"])
    forged = data.draw(st.dictionaries(names | st.text(max_size=4), texts, max_size=3))

    read = parsed(schema, original, page.submit_with(dict(forged)))

    assert isinstance(validate(schema, read), dict)
    assert render(schema, read, original=original, readonly=True)


def parsed(schema: Any, original: Any, post: Any) -> Any:
    try:
        return parse(schema, original, post)
    except FormError as error:
        return error.value


def has_gap(value: Any) -> bool:
    """A number or date whose type was chosen, and that still has to be entered."""
    if isinstance(value, dict):
        return any(map(has_gap, value.values()))
    return any(map(has_gap, value)) if isinstance(value, list) else isinstance(value, Unparsed)


def test_same_tells_equal_looking_values_apart() -> None:
    values = [0, 0.0, -0.0, False, 1, 1.0, True, "1", None, "", [], {}, [1], [True], {"a": 1}]

    equal = [(i, j) for i, a in enumerate(values) for j, b in enumerate(values) if same(a, b)]

    assert equal == [(i, i) for i in range(len(values))]
