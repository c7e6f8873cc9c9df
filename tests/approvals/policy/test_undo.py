"""Taking a decision back: within its window, by the right person, once, and before any worker."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from approvals.audit.verify import verify
from approvals.driving.leases import claim
from approvals.exceptions import (
    AlreadyDecided,
    AlreadyResumed,
    ApprovalsError,
    Forbidden,
    NotFound,
    NothingToUndo,
)
from approvals.models import AuditEntry, Decision, Interrupt, Run, Vote
from approvals.services.runs import cancel_run
from approvals.services.undo import undo
from tests.approvals.conftest import answer, jobs
from tests.approvals.services.test_decide import together
from tests.factories import QUESTION_ACTION, make_decision, make_interrupt, make_run, make_user

pytestmark = pytest.mark.django_db

Started = Callable[..., Run]
Drive = Callable[[Run | int], Run]


def asked(**fields: Any) -> Interrupt:
    return make_interrupt(dialect="plain", actions=[QUESTION_ACTION], **fields)


def decided(question: Interrupt | None = None, **fields: Any) -> Interrupt:
    """A question that bob answered a moment ago, and a minute to think it over."""
    question = question or asked()
    answer(question, **{"undo_seconds": 60} | fields)
    question.refresh_from_db()
    return question


def take_back(question: Interrupt, name: str = "bob", *groups: str) -> Interrupt:
    return undo(question.pk, actor=make_user(name, *groups or ("reviewers",)), via="page")


def let_pass(question: Interrupt) -> None:
    Decision.objects.filter(interrupt=question).update(
        effective_at=timezone.now() - timedelta(seconds=1)
    )


def test_the_question_waits_again_as_another_version() -> None:
    question = decided()

    take_back(question)

    question.refresh_from_db()
    assert (question.status, question.version) == ("pending", 3)
    assert not Decision.objects.exists() and not Vote.objects.exists()


def test_the_record_keeps_what_was_taken_back() -> None:
    question = decided(reason="in a hurry")

    take_back(question, "carol", "supervisors")

    entry = AuditEntry.objects.get(action="decision.undone")
    assert (entry.actor.username, entry.interrupt_id) == ("carol", question.pk)
    was = entry.data["was"]
    assert (was["verb"], was["by"], was["reason"]) == ("respond", "bob", "in a hurry")
    assert was["decisions"] == [{"type": "respond", "value": "yes"}]
    assert AuditEntry.objects.filter(action="question.decided").exists()


def test_the_same_person_may_answer_again() -> None:
    question = decided()

    take_back(question)
    question.refresh_from_db()
    answer(question, "no")

    assert Decision.objects.get().decisions == [{"type": "respond", "value": "no"}]


def test_an_answer_to_the_version_before_is_refused() -> None:
    question = decided()
    take_back(question)

    with pytest.raises(ApprovalsError) as refused:
        answer(question, "no")
    assert refused.value.code == "stale"


def test_a_second_undo_finds_nothing() -> None:
    question = decided()
    take_back(question)

    with pytest.raises(NothingToUndo):
        take_back(question)


def test_past_the_window_it_says_since_when_the_run_goes_on() -> None:
    question = decided()
    let_pass(question)

    with pytest.raises(AlreadyResumed, match=r"Already resumed at \d\d:\d\d:\d\d UTC\."):
        take_back(question)
    assert Decision.objects.exists()


def test_without_a_window_there_is_nothing_to_take_back() -> None:
    with pytest.raises(AlreadyResumed):
        take_back(decided(undo_seconds=0))


@pytest.mark.parametrize(
    ("name", "groups", "error"),
    [
        ("ravi", ("reviewers",), Forbidden),
        ("bob", ("auditors",), Forbidden),
        ("alice", ("requesters", "supervisors"), Forbidden),
        ("eve", ("requesters",), NotFound),
    ],
)
def test_only_who_decided_or_a_supervisor_takes_it_back(
    name: str, groups: tuple[str, ...], error: type[Exception]
) -> None:
    question = decided()

    with pytest.raises(error):
        take_back(question, name, *groups)
    assert Decision.objects.exists()


def test_a_cancelled_run_keeps_its_decision() -> None:
    question = decided()
    cancel_run(question.run_id, actor=make_user("alice", "requesters"), via="api")

    with pytest.raises(AlreadyResumed):
        take_back(question)


def test_a_run_that_is_being_stopped_keeps_its_decision() -> None:
    question = decided()
    Run.objects.filter(pk=question.run_id).update(intent=Run.Intent.CANCEL)

    with pytest.raises(AlreadyResumed):
        take_back(question)


def test_no_window_is_longer_than_two_minutes() -> None:
    decision = decided(undo_seconds=999).decision

    assert round((decision.effective_at - decision.created_at).total_seconds()) == 120


def test_a_worker_does_not_touch_a_run_whose_answer_was_taken_back() -> None:
    question = decided()
    take_back(question)
    let_pass(question)

    assert claim(question.run_id) is None


def test_a_worker_does_not_carry_an_answer_within_its_window() -> None:
    assert claim(decided().run_id) is None


def test_of_several_questions_one_is_taken_back_and_the_others_stay() -> None:
    run = make_run()
    one, other = asked(run=run), asked(run=run)
    decided(one, undo_seconds=0)
    decided(other)

    take_back(other)

    assert claim(run.pk) is None
    assert Decision.objects.get().interrupt == one


def test_a_run_wakes_when_the_last_of_its_windows_is_over() -> None:
    run = make_run()
    one, other = asked(run=run), asked(run=run)
    decided(one, undo_seconds=60)

    decided(other, undo_seconds=0)

    assert waits_for() > 50


def waits_for() -> float:
    """How many seconds the one job there is will wait."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT extract(epoch FROM scheduled_at - now()) FROM procrastinate_jobs"
            " WHERE status = 'todo'"
        )
        (row,) = cursor.fetchall()
    return float(row[0] or 0)


@pytest.mark.django_db(transaction=True)
def test_the_graph_never_hears_what_was_taken_back(started: Started, drive: Drive) -> None:
    run = started("asks_once")
    question = run.interrupts.get()
    answer(question, "wrong", undo_seconds=60)

    take_back(question)
    assert drive(run).status == "interrupted"
    question.refresh_from_db()
    answer(question, "right")
    run = drive(run)

    assert (run.status, run.result["answers"]) == ("success", ["right"])


@pytest.mark.django_db(transaction=True)
def test_taken_back_while_another_answer_is_under_way(started: Started, drive: Drive) -> None:
    run = started("asks_three_at_once")
    Interrupt.objects.update(resumes_alone=True)
    first, second, _third = run.interrupts.order_by("id")
    answer(second, "wrong", undo_seconds=60)
    answer(first, "a")

    drive(run)
    take_back(second)

    second.refresh_from_db()
    assert second.status == "pending"
    assert run.interrupts.get(pk=first.pk).status == "applied"


@pytest.mark.django_db(transaction=True)
def test_of_two_at_once_one_takes_it_back() -> None:
    question = decided()
    bob, carol = make_user("bob", "reviewers"), make_user("carol", "supervisors")

    results = together(
        [lambda: undo(question.pk, actor=bob, via="page")] * 2
        + [lambda: undo(question.pk, actor=carol, via="api")] * 2
    )

    refused = [one for one in results if isinstance(one, ApprovalsError)]
    assert [type(one) for one in refused] == [NothingToUndo] * 3
    assert AuditEntry.objects.filter(action="decision.undone").count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("round", range(5))
def test_undo_against_a_worker_has_one_outcome(round: int) -> None:
    """The window ends while both are on their way: either it waits again, or it is carried."""
    question = decided()
    Decision.objects.update(effective_at=timezone.now() + timedelta(milliseconds=4 * round))
    bob = make_user("bob", "reviewers")

    claimed, undone = together(
        [lambda: claim(question.run_id), lambda: undo(question.pk, actor=bob, via="page")]
    )

    question.refresh_from_db()
    is_carried = claimed is not None and any(row.is_ready for row in claimed.open)
    is_undone = isinstance(undone, Interrupt)
    assert not (is_carried and is_undone)
    assert (question.status == "pending") == is_undone
    assert Decision.objects.exists() == (not is_undone)


@pytest.mark.django_db(transaction=True)
def test_a_decision_and_an_undo_at_once_lose_nothing() -> None:
    question = decided()
    bob, carol = make_user("bob", "reviewers"), make_user("carol", "reviewers")

    undone, again = together(
        [
            lambda: undo(question.pk, actor=bob, via="page"),
            lambda: answer(question, "no", actor=carol, version=question.version + 1),
        ]
    )

    assert isinstance(undone, Interrupt)
    if isinstance(again, ApprovalsError):
        assert isinstance(again, AlreadyDecided) and not Decision.objects.exists()
    else:
        assert Decision.objects.get().actor == carol


def test_nothing_is_queued_by_taking_back() -> None:
    question = decided()
    before = jobs()

    take_back(question)

    assert jobs() == before


@pytest.mark.parametrize("is_answered_anew", [False, True])
def test_the_history_of_what_was_taken_back_is_whole(is_answered_anew: bool) -> None:
    question = take_back(decided())
    if is_answered_anew:
        decided(question)

    assert verify().problems == []


def test_a_decision_put_back_after_it_was_taken_back_is_found() -> None:
    question = take_back(decided())
    undone = AuditEntry.objects.get(action="decision.undone")

    make_decision(question)

    assert [problem.entry for problem in verify().problems] == [undone.pk]
