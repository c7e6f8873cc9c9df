"""What a decision lacks, where several actions are decided at once or a question is answered."""

from __future__ import annotations

from typing import Any

import pytest

from approvals.policy import Terms
from approvals.policy.care import Care, is_same, lacking

ACTIONS = [{"name": "pay", "args": {"amount": 1}}, {"name": "mail", "args": {"to": "Ana"}}]
APPROVE, REJECT = {"type": "approve"}, {"type": "reject"}


def missing(terms: Terms, *decisions: Any, **said: Any) -> set[str]:
    actions = ACTIONS[: len(decisions)]
    found = lacking(terms, actions, decisions, **{"reason": "", "care": Care()} | said)
    return set(found)


@pytest.mark.parametrize(
    ("decisions", "faults"), [((REJECT, REJECT), set()), ((APPROVE, REJECT), {"/reason"})]
)
def test_a_chosen_reason_says_nothing_of_what_goes_through(decisions: Any, faults: Any) -> None:
    terms = Terms(reason_required=True, reasons=["duplicate"])

    assert missing(terms, *decisions, reason_code="duplicate") == faults


@pytest.mark.parametrize(
    ("decision", "faults"),
    [
        ({"type": "respond", "value": 1}, {"/checked"}),
        ({"type": "respond", "message": "no"}, set()),
    ],
)
def test_an_answer_is_checked_like_consent_and_a_response_is_not(
    decision: Any, faults: Any
) -> None:
    assert missing(Terms(flagged=["/amount"]), decision) == faults


@pytest.mark.parametrize("typed", ["Ana Berg", " Ana Berg ", "Ana Berg\n"])
def test_blanks_around_what_was_typed_count_for_nothing(typed: str) -> None:
    assert is_same(typed, "Ana Berg")
    assert is_same("Ana Berg", typed)
