"""JSON columns give back what was put in, to the letter."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from approvals.models import Run
from tests.factories import make_run

texts = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), max_size=20)
json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=20,
)


class TestStoredJson(TestCase):
    @given(json_values)
    def test_any_json_comes_back_with_its_order_and_types(self, value: Any) -> None:
        run = make_run(input={"value": value})

        assert json.dumps(Run.objects.get(pk=run.pk).input["value"]) == json.dumps(value)


@pytest.mark.django_db
def test_a_missing_result_is_none_and_not_the_json_null() -> None:
    run = make_run(result=None)

    assert Run.objects.filter(pk=run.pk, result__isnull=True).exists()


@pytest.mark.django_db
def test_values_and_updates_speak_json_too() -> None:
    run = make_run()

    Run.objects.update(result={"b": 1.0, "a": 2**70})

    assert list(Run.objects.values_list("result", flat=True)) == [{"b": 1.0, "a": 2**70}]
    run.refresh_from_db()
    assert list(run.result) == ["b", "a"]
