"""What Pydantic has against a value, as a person reads it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

import pytest
from django.utils import translation
from pydantic import BaseModel, ConfigDict, Field, HttpUrl, ValidationError, field_validator

from agents.schemas.models import sentence_of


class Payment(BaseModel):
    model_config = ConfigDict(extra="forbid")

    to: str = Field(min_length=2, max_length=5, pattern="^[a-z]+$")
    amount: float = Field(gt=0, le=100, allow_inf_nan=False)
    count: int = Field(1, multiple_of=2)
    price: Decimal = Field(Decimal(1), max_digits=4, decimal_places=2)
    kind: Literal["card", "cash"] = "card"
    on: date = date(2026, 1, 1)
    key: UUID | None = None
    site: HttpUrl | None = None
    urgent: bool = False
    tags: list[str] = Field([], max_length=1)
    labels: dict[str, str] = {}

    @field_validator("to")
    @classmethod
    def _known(cls, to: str) -> str:
        if to == "mallo":
            raise ValueError("Mallo is not paid, ever")
        return to


def told(**changed: Any) -> str:
    """The one fault of a payment that is right but for these fields."""
    with pytest.raises(ValidationError) as refused:
        Payment.model_validate({"to": "ana", "amount": 5} | changed)
    (fault,) = refused.value.errors(include_url=False)
    return sentence_of(fault)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"to": 5}, "This must be a text."),
        ({"to": "a"}, "This must have at least 2 characters."),
        ({"to": "abcdef"}, "This may have at most 5 characters."),
        ({"to": "ANA"}, "This must match the pattern ^[a-z]+$"),
        ({"amount": "x"}, "This must be a number."),
        ({"amount": 0}, "This must be greater than 0.0."),
        ({"amount": 101}, "This must be at most 100.0."),
        ({"amount": float("nan")}, "This must be a finite number."),
        ({"count": 1.5}, "This must be a whole number."),
        ({"count": 3}, "This must be a multiple of 2."),
        ({"price": "123.456"}, "This may have at most 4 digits."),
        ({"price": "1.234"}, "This may have at most 2 digits after the point."),
        ({"kind": "gold"}, "This must be one of 'card', 'cash'."),
        ({"on": "soon"}, "This must be a date."),
        ({"key": "k"}, "This must be a UUID."),
        ({"site": "ftp://a.b"}, "This must begin with 'http', 'https'."),
        ({"site": "nowhere"}, "This must be an address (URL)."),
        ({"urgent": "perhaps"}, "This must be yes or no."),
        ({"tags": "a"}, "This must be a list."),
        ({"tags": ["a", "b"]}, "There may be at most 1 item."),
        ({"labels": []}, "This must be an object."),
        ({"colour": "red"}, "This field is not known."),
    ],
)
def test_a_fault_is_told_in_our_words_and_in_the_readers_language(
    changed: dict[str, Any], said: str
) -> None:
    assert told(**changed) == said

    with translation.override("de"):
        assert told(**changed) not in (said, "")
        assert "This" not in told(**changed)


def test_a_field_that_is_missing_is_said_to_be_required() -> None:
    with pytest.raises(ValidationError) as refused:
        Payment.model_validate({"to": "ana"})

    assert [sentence_of(fault) for fault in refused.value.errors()] == ["This field is required."]


def test_what_a_models_own_validator_says_is_left_as_its_author_wrote_it() -> None:
    with translation.override("de"):
        assert told(to="mallo") == "Mallo is not paid, ever"


def test_a_fault_nobody_has_words_for_stays_as_it_is() -> None:
    fault = {"type": "callable_type", "msg": "Input should be callable", "loc": (), "input": 1}

    assert sentence_of(fault) == "Input should be callable"


def test_a_choice_among_words_that_hold_an_or_is_not_taken_apart() -> None:
    fault = {
        "type": "enum", "msg": "", "loc": (), "input": 1,
        "ctx": {"expected": "'now or never' or 'later'"},
    }  # fmt: skip

    assert sentence_of(fault) == "This must be one of 'now or never' or 'later'."
