"""No pattern keeps the site busy, whoever wrote it."""

from __future__ import annotations

import pytest

from agents import schemas
from agents.schemas import patterns

ENDLESS = {"type": "string", "pattern": r"^(.*?,){40}P"}
TEXT = ",1" * 60


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patterns, "BUDGET_SECONDS", 0.1)


def test_a_pattern_that_takes_for_ever_fits_nothing(hurried: None) -> None:
    assert schemas.validate(ENDLESS, TEXT) == {"": "This must match the pattern ^(.*?,){40}P"}


def test_a_thousand_slow_patterns_have_no_more_time_than_one(hurried: None) -> None:
    schema = {"type": "array", "items": ENDLESS}

    assert len(schemas.validate(schema, [TEXT] * 1_000)) == 200


def test_the_next_value_has_its_own_time(hurried: None) -> None:
    schemas.validate(ENDLESS, TEXT)

    assert schemas.validate({"pattern": "^a+$"}, "aaa") == {}


@pytest.mark.parametrize(
    ("pattern", "fits", "fails"),
    [
        (r"^(?!^[-+.]*$)[+-]?0*\d*\.?\d*$", "12.50", "12,50"),
        (r"^\p{L}+$", "Müller", "R2"),
        (r"^[^@]+@[^@]+$", "ana@example.com", "ana"),
    ],
)
def test_patterns_of_other_languages_are_understood(pattern: str, fits: str, fails: str) -> None:
    assert schemas.validate({"pattern": pattern}, fits) == {}
    assert schemas.validate({"pattern": pattern}, fails) == {
        "": f"This must match the pattern {pattern}"
    }
