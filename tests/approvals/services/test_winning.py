"""Between the check of an answer and its claim the world moves on: the claim itself sees it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.db.models import F
from django.db.models.functions import Now

from agents import failpoints
from approvals.exceptions import AlreadyDecided, Conflict, Expired, Held, StaleQuestion
from approvals.models import Decision, Interrupt, Vote
from tests.approvals.conftest import answer, jobs
from tests.factories import QUESTION_ACTION, make_interrupt, make_user

pytestmark = pytest.mark.django_db

CHANGES: list[tuple[dict[str, Any], type[Conflict]]] = [
    ({"version": F("version") + 1}, StaleQuestion),
    ({"digest": "0" * 64}, StaleQuestion),
    ({"status": "decided"}, AlreadyDecided),
    ({"held_reason": "The code has changed."}, Held),
    ({"expires_at": Now() - timedelta(seconds=1)}, Expired),
]


@pytest.fixture
def meanwhile() -> Iterator[Callable[..., None]]:
    """`meanwhile(question, **change)`: so it is changed as soon as an answer has been checked."""

    def change(question: Interrupt, **fields: Any) -> None:
        def trap(moment: str) -> None:
            if moment == "decide.checked":
                Interrupt.objects.filter(pk=question.pk).update(**fields)

        failpoints.set_trap(trap)

    yield change
    failpoints.set_trap(None)


@pytest.mark.parametrize(
    ("change", "refusal"), CHANGES, ids=["version", "digest", "status", "held", "expired"]
)
def test_what_changed_while_an_answer_was_checked_refuses_it(
    meanwhile: Callable[..., None], change: dict[str, Any], refusal: type[Conflict]
) -> None:
    question = make_interrupt(dialect="plain", actions=[QUESTION_ACTION])
    meanwhile(question, **change)

    with pytest.raises(refusal):
        answer(question)

    assert (Decision.objects.count(), Vote.objects.count(), jobs()) == (0, 0, [])


def test_a_reviewer_has_one_voice_on_a_question() -> None:
    question, bob = make_interrupt(), make_user("bob", "reviewers")
    Vote.objects.create(interrupt=question, reviewer=bob, verb="approve")

    with pytest.raises(IntegrityError), transaction.atomic():
        Vote.objects.create(interrupt=question, reviewer=bob, verb="reject")

    assert Vote.objects.count() == 1
