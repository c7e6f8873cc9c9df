from __future__ import annotations

import dataclasses
import json
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from agents.jsonable import canonical, to_json


class Colour(Enum):
    RED = "red"


class Model(BaseModel):
    price: Decimal


@dataclasses.dataclass
class Point:
    x: int


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0")),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0")),
            inner,
            max_size=4,
        )
    ),
    max_leaves=20,
)


@given(json_values)
def test_json_stays_as_it_is(value: Any) -> None:
    assert canonical(to_json(value)) == canonical(value)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (Decimal("1.10"), "1.10"),
        (date(2026, 11, 23), "2026-11-23"),
        (datetime(2026, 11, 23, 8, tzinfo=UTC), "2026-11-23T08:00:00+00:00"),
        (UUID(int=1), "00000000-0000-0000-0000-000000000001"),
        (b"\xff\x00", "/wA="),
        ({3, 1, 2}, [1, 2, 3]),
        ((1, 2), [1, 2]),
        (Colour.RED, "red"),
        (Model(price=Decimal("2.50")), {"price": "2.50"}),
        (Point(x=1), {"x": 1}),
        (float("nan"), "nan"),
        (float("-inf"), "-inf"),
        (2**80, 2**80),
        ({1: "a", None: "b", (1, 2): "c"}, {"1": "a", "null": "b", "[1,2]": "c"}),
        ("a\0b\ud800", "a\\u0000b\\ud800"),
        ({"a\0": 1}, {"a\\u0000": 1}),
    ],
)
def test_everything_else_is_said_in_json(value: Any, expected: Any) -> None:
    assert to_json(value) == expected


def test_what_nobody_knows_is_shown_as_its_repr() -> None:
    assert to_json(range(3)) == "range(0, 3)"


def test_five_thousand_levels_are_cut_not_crashed() -> None:
    deep: Any = 1
    for _ in range(5_000):
        deep = [deep]

    assert len(json.dumps(to_json(deep))) < 2_000
