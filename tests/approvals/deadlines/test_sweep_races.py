"""Whoever presses at the same moment: one final decision, with all that belongs to it, once."""

from __future__ import annotations

from collections.abc import Callable
from threading import Barrier, Thread
from typing import Any

import pytest
from django.core import mail
from django.db import connection, transaction

from approvals.audit.verify import verify
from approvals.deadlines import sweep
from approvals.driving.reconcile import reconcile
from approvals.exceptions import ApprovalsError
from approvals.groups import system_user
from approvals.models import AuditEntry, Decision, Escalation, Interrupt, Run, Vote
from approvals.services.overdue import Late, escalate, keep, postpone
from approvals.services.runs import cancel_run
from approvals.telling import tell_supervisors
from tests.approvals.api.client import as_token, body
from tests.approvals.api.test_bulk import BULK
from tests.approvals.conftest import answer, jobs
from tests.factories import make_user

pytestmark = pytest.mark.django_db(transaction=True)

ROUNDS = 40


def at_once(*calls: Callable[[], Any]) -> list[Any]:
    """What each of them returned, or what it was refused with; anything else is raised."""
    start = Barrier(len(calls))
    results: list[Any] = [None] * len(calls)

    def work(place: int, call: Callable[[], Any]) -> None:
        try:
            start.wait()
            results[place] = call()
        except Exception as error:
            results[place] = error
        finally:
            connection.close()

    threads = [Thread(target=work, args=each) for each in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for result in results:
        if isinstance(result, Exception) and not isinstance(result, ApprovalsError):
            raise result
    return results


def settle() -> None:
    """A sweep leaves what somebody holds to the next one."""
    sweep()


def assert_one_final_decision(question: Interrupt) -> Decision:
    decision = Decision.objects.get(interrupt=question)
    assert Vote.objects.filter(interrupt=question).count() == 1
    decided = AuditEntry.objects.filter(interrupt=question, action="question.decided")
    assert [entry.actor for entry in decided] == [decision.actor]
    assert jobs().count(("approvals.drive", question.run_id)) == 1
    return decision


def test_two_sweeps_at_once_do_everything_once(late: Any) -> None:
    questions = [late(kind) for kind in ("reject", "escalate", "keep") for _ in range(ROUNDS)]

    done = [one.question_id for some in at_once(sweep, sweep, sweep) for one in some]
    done += [one.question_id for one in sweep()]

    assert sorted(done) == sorted(question.pk for question in questions)
    assert Decision.objects.count() == Vote.objects.count() == len(jobs()) == ROUNDS
    assert Escalation.objects.count() == ROUNDS
    assert AuditEntry.objects.count() == len(questions)
    assert verify().is_whole


def test_a_sweep_against_a_reviewer_leaves_one_final_decision(late: Any) -> None:
    bob, approve = make_user("bob", "reviewers"), [{"type": "approve"}]
    winners = set()
    for _ in range(ROUNDS):
        question = late("reject")

        at_once(sweep, lambda q=question: answer(q, decisions=approve, actor=bob))
        settle()

        winners.add(assert_one_final_decision(question).via)
    assert winners <= {"page", "timeout"}
    assert verify().is_whole


def test_an_escalation_against_a_reviewer_is_one_or_the_other(late: Any) -> None:
    bob, approve = make_user("bob", "reviewers"), [{"type": "approve"}]
    for _ in range(ROUNDS):
        question = late("escalate")

        at_once(sweep, lambda q=question: answer(q, decisions=approve, actor=bob))
        settle()

        question.refresh_from_db()
        is_decided = Decision.objects.filter(interrupt=question).exists()
        is_escalated = Escalation.objects.filter(interrupt=question).exists()
        assert is_decided != is_escalated
        assert is_escalated == (question.escalated_at is not None)
    assert verify().is_whole


def test_a_sweep_and_people_who_decide_many_never_wait_for_each_other(late: Any) -> None:
    """Both hold many runs until they commit, and a sweep takes them in the order of deadlines."""
    clients = [as_token(make_user(name, "reviewers")) for name in ("bob", "carol")]
    for _ in range(ROUNDS // 8):
        # The oldest row has the latest deadline.
        questions = [late("reject", minutes=minutes) for minutes in range(1, 31)]
        items = [{"id": one.pk} | body(one) for one in questions]
        posts = [
            lambda client=client, said=said: client.post(BULK, {"items": said})
            for client, said in zip(clients, (items, items[::-1]), strict=True)
        ]

        answers = at_once(sweep, *posts)[1:]
        settle()

        assert [answer.status_code for answer in answers] == [200, 200]
        for question in questions:
            assert_one_final_decision(question)
    assert verify().is_whole


@pytest.mark.parametrize(
    ("act", "what"), [(escalate, "escalated"), (keep, "kept"), (postpone, "failed")]
)
def test_what_was_answered_since_it_was_looked_at_is_left_alone(
    late: Any, act: Any, what: Any
) -> None:
    question = late("escalate")
    looked_at = Interrupt.objects.get(pk=question.pk)
    answer(question, decisions=[{"type": "approve"}])
    before = AuditEntry.objects.count()

    with transaction.atomic():
        done = act([Late(question=looked_at, what=what, why="late")], actor=system_user())

    question.refresh_from_db()
    assert (done, AuditEntry.objects.count()) == ([], before)
    assert (question.escalated_at, question.sweep_error) == (None, "")
    assert not Escalation.objects.exists()


def test_a_sweep_against_a_cancellation_leaves_nothing_to_wait_for(late: Any) -> None:
    boss = make_user("boss", "supervisors")
    for _ in range(ROUNDS):
        question = late("reject")

        at_once(sweep, lambda q=question: cancel_run(q.run_id, actor=boss, via="page"))
        settle()

        question.refresh_from_db()
        assert (question.status, question.run.intent) == ("cancelled", "cancel")
        assert Decision.objects.filter(interrupt=question).count() <= 1
    assert verify().is_whole


def test_reconcile_beside_a_sweep_changes_no_outcome(late: Any) -> None:
    for _ in range(ROUNDS // 2):
        question = late("reject")
        Run.objects.filter(pk=question.run_id).update(updated_at="2001-01-01T00:00Z")

        at_once(sweep, reconcile)
        settle()

        assert Decision.objects.get(interrupt=question).verb == "reject"
    assert verify().is_whole


def test_a_run_somebody_holds_does_not_hold_up_the_others(late: Any) -> None:
    held, other = late("reject", minutes=5), late("reject")
    locked, swept = Barrier(2, timeout=20), Barrier(2, timeout=20)

    def hold() -> None:
        with transaction.atomic():
            Run.objects.select_for_update().get(pk=held.run_id)
            locked.wait()
            swept.wait()

    def look() -> list[int]:
        locked.wait()
        try:
            return [one.question_id for one in sweep()]
        finally:
            swept.wait()

    assert at_once(hold, look)[1] == [other.pk]
    assert [one.question_id for one in sweep()] == [held.pk]


def test_two_who_tell_at_once_send_one_mail(late: Any) -> None:
    make_user("sue", "supervisors")
    for _ in range(5):
        late("escalate")
    sweep()

    told = at_once(tell_supervisors, tell_supervisors, tell_supervisors)

    assert sum(told) == 5
    assert len(mail.outbox) == 1
