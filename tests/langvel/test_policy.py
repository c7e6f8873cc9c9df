"""What a policy may say, and when its conditions hold."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from langvel.core.policy import Condition, Policy


@pytest.mark.parametrize(
    ("condition", "value", "holds"),
    [
        ({"gt": 100}, 100.01, True),
        ({"gt": 100}, 100, False),
        ({"gt": 100}, "129.90", True),
        ({"gte": 100}, "100.00", True),
        ({"lt": 0}, -1, True),
        ({"lte": 5}, 6, False),
        ({"gt": 1, "lt": 3}, 2, True),
        ({"gt": 1, "lt": 3}, 4, False),
        ({"eq": 1}, "1.0", True),
        ({"eq": True}, 1, False),
        ({"ne": "EUR"}, "USD", True),
        ({"in": ["EUR", "USD"]}, "USD", True),
        ({"not_in": ["EUR", "USD"]}, "GBP", True),
        ({"like": "*@example.com"}, "ana@example.com", True),
        ({"like": "*@example.com"}, 7, False),
        ("EUR", "EUR", True),
    ],
)
def test_a_condition_holds_of_a_value(condition: Any, value: Any, holds: bool) -> None:
    assert Condition.model_validate(condition).holds(value) is holds


@pytest.mark.parametrize("value", ["a lot", "1,000.00", None, [200], "NaN", "9" * 4000])
def test_a_value_that_cannot_be_compared_counts_as_beyond_the_limit(value: Any) -> None:
    assert Condition.model_validate({"gt": 100}).holds(value)


def test_a_condition_says_itself_without_the_value() -> None:
    assert Condition.model_validate({"gt": 100, "lte": 500}).words() == (
        "is above 100 and is 500 or less"
    )


def test_names_are_short_for_pointers() -> None:
    policy = Policy(when={"amount": {"gt": 1}}, flagged=["iban"], masked=["**/password"])

    assert (list(policy.when), policy.flagged, policy.masked) == (
        ["/amount"],
        {"/iban": ""},
        ("**/password",),
    )


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ({"stpe": "pay"}, "Extra inputs are not permitted"),
        ({"step": "pay[a"}, "a [ in it is never closed"),
        ({"step": ""}, "is empty"),
        ({"masked": ["/"]}, "names no field"),
        ({"when": {"amount": {"above": 1}}}, "Extra inputs are not permitted"),
        ({"when": {"amount": {}}}, "says nothing"),
        ({"groups": "finance"}, r"must be a list: ['finance']"),
        ({"risk": "huge"}, "Input should be 'low', 'medium', 'high' or 'critical'"),
        ({"undo_seconds": 121}, "less than or equal to 120"),
        ({"deadline": 0}, "greater than 0"),
        ({"on_timeout": "approve"}, "'keep', 'reject' or 'escalate'"),
    ],
)
def test_a_policy_that_cannot_be_meant_is_refused(entry: Any, said: str) -> None:
    with pytest.raises(ValidationError) as refused:
        Policy.model_validate(entry)

    assert said in str(refused.value)
