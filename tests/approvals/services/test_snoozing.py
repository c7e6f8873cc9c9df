from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from approvals.exceptions import InvalidHandling, Snoozed
from approvals.models import AuditEntry, Interrupt
from approvals.services.snoozing import snooze
from tests.approvals.services.test_claims import bob, carol, told
from tests.approvals.services.test_decide import together
from tests.factories import make_interrupt

pytestmark = pytest.mark.django_db


def later(**span: float) -> Any:
    return timezone.now() + timedelta(**span)


def test_a_snooze_says_until_when_and_who() -> None:
    until = later(hours=3)

    snoozed = snooze(make_interrupt().pk, actor=bob(), until=until, via="page")

    assert (snoozed.snoozed_until, snoozed.snoozed_by) == (until, bob())
    assert told() == [("question.snoozed", "bob")]


def test_the_same_snooze_twice_is_written_down_once() -> None:
    question, until = make_interrupt(), later(hours=3)

    for who in (bob(), bob(), carol()):
        snooze(question.pk, actor=who, until=until, via="page")

    assert told() == [("question.snoozed", "bob")]


def test_a_question_is_never_put_away_past_its_due_time() -> None:
    due = later(minutes=20)

    snoozed = snooze(make_interrupt(due_at=due).pk, actor=bob(), until=later(days=1), via="page")

    assert snoozed.snoozed_until == due


def test_what_is_overdue_cannot_be_put_away() -> None:
    question = make_interrupt(due_at=later(minutes=-1))

    with pytest.raises(InvalidHandling, match="overdue"):
        snooze(question.pk, actor=bob(), until=later(hours=1), via="page")


@pytest.mark.parametrize("span", [{"minutes": -1}, {"days": 31}])
def test_a_snooze_ends_within_the_next_thirty_days(span: dict[str, float]) -> None:
    with pytest.raises(InvalidHandling) as refused:
        snooze(make_interrupt().pk, actor=bob(), until=later(**span), via="page")

    assert refused.value.errors[0]["pointer"] == "/until"


def test_a_second_person_is_told_who_snoozed_it() -> None:
    question = make_interrupt()
    snooze(question.pk, actor=bob(), until=later(hours=1), via="page")

    with pytest.raises(Snoozed) as refused:
        snooze(question.pk, actor=carol(), until=later(hours=2), via="page")

    assert refused.value.extra["snoozed_by"] == "bob"
    replaced = snooze(question.pk, actor=carol(), until=later(hours=2), via="page", replace=True)
    assert replaced.snoozed_by == carol()


@pytest.mark.django_db(transaction=True)
def test_of_two_who_snooze_at_once_one_is_told_who_was_first() -> None:
    question = make_interrupt()
    wishes = [(bob(), later(hours=1)), (carol(), later(hours=2))]

    results = together(
        [
            lambda who=who, until=until: snooze(question.pk, actor=who, until=until, via="page")
            for who, until in wishes
        ]
    )

    question.refresh_from_db()
    lost = [result for result in results if isinstance(result, Snoozed)]
    assert [error.extra["snoozed_by"] for error in lost] == [question.snoozed_by.username]


def test_anybody_can_wake_it_and_waking_twice_changes_nothing() -> None:
    question = make_interrupt()
    snooze(question.pk, actor=bob(), until=later(hours=1), via="page")

    for _ in range(2):
        snooze(question.pk, actor=carol(), until=None, via="page")

    question.refresh_from_db()
    assert (question.snoozed_until, question.snoozed_by) == (None, None)
    assert told() == [("question.snoozed", "bob"), ("question.woken", "carol")]
    assert AuditEntry.objects.get(action="question.woken").data["snoozed_by"] == "bob"


def test_a_snooze_that_is_over_belongs_to_nobody() -> None:
    question = make_interrupt()
    snooze(question.pk, actor=bob(), until=later(hours=1), via="page")
    Interrupt.objects.update(snoozed_until=later(minutes=-1))

    assert (
        snooze(question.pk, actor=carol(), until=later(hours=2), via="page").snoozed_by == carol()
    )
