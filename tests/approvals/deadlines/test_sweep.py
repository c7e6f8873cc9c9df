"""What a sweep does to questions that nobody answered in time."""

from __future__ import annotations

from datetime import timedelta
from importlib import import_module
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from approvals import deadlines
from approvals.audit.verify import verify
from approvals.deadlines import sweep
from approvals.exceptions import AlreadyDecided, StaleQuestion, WrongGroup
from approvals.groups import SYSTEM, system_user
from approvals.models import AuditEntry, Decision, Escalation, Interrupt, Run, Vote
from approvals.models.interrupt import ESCALATED, OVERDUE, RANKS
from tests.approvals.conftest import answer, jobs
from tests.factories import make_decision, make_interrupt, make_run, make_user

pytestmark = pytest.mark.django_db

APPROVE = [{"type": "approve"}]


def whats() -> list[tuple[int, str]]:
    return [(one.question_id, one.what) for one in sweep()]


def entries(question: Interrupt) -> list[AuditEntry]:
    return list(AuditEntry.objects.filter(interrupt=question).order_by("seq"))


def why(question: Interrupt) -> str:
    return f"Nobody answered by {question.due_at:%Y-%m-%d %H:%M} UTC."


# Rejecting


def test_a_question_that_says_so_is_rejected_by_the_system(late: Any) -> None:
    question = late("reject")

    assert whats() == [(question.pk, "rejected")]

    decision = Decision.objects.get(interrupt=question)
    assert (decision.verb, decision.actor.username, decision.via) == ("reject", SYSTEM, "timeout")
    assert (decision.reason, decision.auth_method) == (why(question), "system")
    assert decision.resume_value["type"] == "reject"
    assert decision.resume_value["message"] == why(question)


def test_a_rejection_leaves_all_that_a_reviewers_does(late: Any) -> None:
    question = late("reject")

    sweep()

    question.refresh_from_db()
    assert (question.status, question.version) == ("decided", 2)
    assert Vote.objects.get().reviewer == system_user()
    entry = entries(question)[-1]
    assert (entry.action, entry.actor) == ("question.decided", system_user())
    assert entry.data["verb"] == "reject"
    assert entry.data["via"] == "timeout"
    assert jobs() == [("approvals.drive", question.run_id)]
    assert verify().is_whole


def test_every_action_of_a_question_is_rejected(late: Any) -> None:
    action = make_interrupt().actions[0]
    question = late("reject", actions=[action, action, action])

    sweep()

    assert [one["type"] for one in Decision.objects.get(interrupt=question).decisions] == [
        "reject"
    ] * 3


def test_a_run_that_owes_another_answer_is_not_woken(late: Any) -> None:
    question = late("reject")
    make_interrupt(run=question.run)

    sweep()

    assert jobs() == []


def test_two_questions_of_one_run_are_rejected_and_wake_it_once(late: Any) -> None:
    run = make_run()
    first, second = late("reject", run=run, minutes=2), late("reject", run=run)

    assert whats() == [(first.pk, "rejected"), (second.pk, "rejected")]
    assert jobs() == [("approvals.drive", run.pk)]
    assert verify().is_whole


def test_what_is_not_due_yet_is_left_alone(late: Any) -> None:
    late("reject", minutes=-1)
    make_interrupt()

    assert whats() == []


# Escalating


def test_a_question_that_says_so_is_handed_to_the_supervisors(late: Any) -> None:
    question = late("escalate", risk="low", policy={"groups": ["reviewers"], "bulk": True})

    assert whats() == [(question.pk, "escalated")]

    question.refresh_from_db()
    assert (question.status, question.risk, question.rank) == ("pending", "low", ESCALATED)
    assert question.policy == {"groups": ["supervisors"], "bulk": True}
    assert question.escalated_at is not None
    assert Escalation.objects.get(interrupt=question).reason == why(question)
    entry = entries(question)[-1]
    assert (entry.action, entry.actor.username) == ("question.escalated", SYSTEM)
    assert entry.data == {"via": "timeout", "why": why(question), "to": "supervisors"}


def test_then_only_a_supervisor_may_decide_it(late: Any) -> None:
    question = late("escalate")
    sweep()
    question.refresh_from_db()

    with pytest.raises(WrongGroup):
        answer(question, decisions=APPROVE, actor=make_user("bob", "reviewers"))

    decision = answer(question, decisions=APPROVE, actor=make_user("sue", "supervisors"))
    assert decision.actor.username == "sue"


def test_who_looked_before_it_was_handed_over_must_look_again(late: Any) -> None:
    question = late("escalate")
    sweep()

    with pytest.raises(StaleQuestion):
        answer(question, decisions=APPROVE, actor=make_user("sue", "supervisors"))


def test_nobody_else_keeps_it(late: Any) -> None:
    bob, soon = make_user("bob", "reviewers"), timezone.now() + timedelta(minutes=5)
    question = late(
        "escalate",
        assignee=bob,
        claimed_by=bob,
        claimed_until=soon,
        snoozed_by=bob,
        snoozed_until=soon,
    )

    sweep()

    question.refresh_from_db()
    assert (question.assignee, question.claimed_by, question.snoozed_until) == (None, None, None)


@pytest.mark.parametrize("status", ["interrupted", "error"])
def test_a_held_question_is_handed_over_instead_of_rejected(late: Any, status: str) -> None:
    question = late("reject", held_reason="The code has changed.", run=make_run(status=status))

    assert whats() == [(question.pk, "escalated")]
    assert entries(question)[-1].data["why"] == (
        f"{why(question)} It was to be rejected then, but it is held: The code has changed."
    )


def test_so_is_one_whose_run_has_failed(late: Any) -> None:
    question = late("reject", run=make_run(status="error"))

    assert whats() == [(question.pk, "escalated")]
    assert "the run has failed" in Escalation.objects.get().reason


def test_so_is_one_that_takes_no_rejection_and_the_history_says_so(late_question: Any) -> None:
    question = late_question("reject")

    assert whats() == [(question.pk, "escalated")]
    assert entries(question)[-1].data["why"] == (
        f"{why(question)} It was to be rejected then, but this question cannot be rejected."
    )
    assert not Decision.objects.exists()


# Keeping


@pytest.mark.parametrize("on_timeout", ["keep", ""])
def test_any_other_question_goes_on_waiting_and_comes_first(late: Any, on_timeout: str) -> None:
    question = late(on_timeout, risk="low")

    assert whats() == [(question.pk, "kept")]

    question.refresh_from_db()
    assert (question.status, question.version, question.risk) == ("pending", 1, "low")
    assert question.rank == OVERDUE
    assert entries(question)[-1].action == "question.overdue"


def test_a_reviewer_may_still_answer_it(late: Any) -> None:
    question = late("keep")
    sweep()

    assert answer(question, decisions=APPROVE).verb == "approve"


def test_the_queue_shows_what_was_escalated_then_what_is_late_then_the_rest(late: Any) -> None:
    critical = make_interrupt(risk="critical")
    kept, escalated = late("keep", risk="low"), late("escalate", risk="low")

    sweep()

    assert list(Interrupt.objects.by_urgency()) == [escalated, kept, critical]
    assert ESCALATED < OVERDUE < min(RANKS.values())


# Order, and again


def test_the_oldest_deadline_comes_first_whatever_its_kind(late: Any) -> None:
    third, first = late("reject", minutes=1), late("escalate", minutes=9)
    second = late("keep", minutes=5)

    assert [pk for pk, _ in whats()] == [first.pk, second.pk, third.pk]


def test_batches_keep_that_order(late: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deadlines, "BATCH", 2)
    late_ones = [late("reject", minutes=minutes).pk for minutes in range(1, 6)]

    assert [pk for pk, _ in whats()] == late_ones[::-1]


@pytest.mark.parametrize("on_timeout", ["reject", "escalate", "keep"])
def test_a_second_sweep_finds_nothing_to_do(late: Any, on_timeout: str) -> None:
    question = late(on_timeout)
    sweep()
    before = len(entries(question))

    assert whats() == []
    assert len(entries(question)) == before


def test_whoever_answers_too_late_is_told_who_was_first(late: Any) -> None:
    question = late("reject")
    sweep()

    with pytest.raises(AlreadyDecided, match="system decided this first"):
        answer(question, decisions=APPROVE)


@pytest.mark.parametrize("status", ["pending", "running"])
def test_a_run_on_its_way_is_left_for_the_next_sweep(late: Any, status: str) -> None:
    question = late("reject", run=make_run(status=status))

    assert whats() == []

    Run.objects.update(status="interrupted")
    assert whats() == [(question.pk, "rejected")]


def test_a_cancelled_run_is_left_alone(late: Any) -> None:
    late("reject", run=make_run(intent="cancel"))

    assert whats() == []


def test_a_question_that_expired_is_not_answered(late: Any) -> None:
    late("reject", expires_at=timezone.now() - timedelta(seconds=1))

    assert whats() == []


# One bad item


def test_a_question_that_breaks_the_sweep_does_not_stop_the_others(late: Any) -> None:
    bad = late("reject", minutes=9, dialect="unheard-of")
    good = late("reject")

    assert whats() == [(bad.pk, "failed"), (good.pk, "rejected")]

    bad.refresh_from_db()
    assert (bad.status, bad.sweep_error) == ("pending", "KeyError: 'unheard-of'")
    assert entries(bad)[-1].action == "question.timeout_failed"


def test_it_is_tried_again_later_and_not_at_once(late: Any) -> None:
    bad = late("reject", dialect="unheard-of", minutes=30)
    sweep()

    assert whats() == []
    bad.refresh_from_db()
    assert timedelta(minutes=29) < bad.sweep_at - timezone.now() < timedelta(minutes=31)


def test_a_later_try_that_fails_alike_is_no_news(late: Any) -> None:
    bad = late("reject", dialect="unheard-of")
    sweep()
    before = len(entries(bad))
    Interrupt.objects.update(sweep_at=timezone.now())

    assert whats() == [(bad.pk, "failed")]
    assert len(entries(bad)) == before


def test_a_later_try_that_succeeds_takes_the_reason_away(late: Any) -> None:
    question = late("keep", sweep_error="ValueError: x")

    sweep()

    question.refresh_from_db()
    assert question.sweep_error == ""


def test_what_the_database_refuses_stops_no_other_either(late: Any) -> None:
    bad, good = late("reject", minutes=9), late("reject")
    make_decision(bad)
    Interrupt.objects.filter(pk=bad.pk).update(status="pending")

    assert whats() == [(bad.pk, "failed"), (good.pk, "rejected")]
    bad.refresh_from_db()
    assert bad.sweep_error.startswith("IntegrityError")


# Who it is


def test_no_decision_by_timeout_can_be_stored_that_is_no_rejection(late: Any) -> None:
    with pytest.raises(IntegrityError, match="decision_timeouts_reject"), transaction.atomic():
        make_decision(late(), via="timeout", verb="approve")


def test_nobody_can_be_the_system() -> None:
    user = system_user()

    assert (user.is_active, user.has_usable_password()) == (False, False)


def test_a_person_of_that_name_is_not_made_to_have_done_it(late: Any) -> None:
    make_user(SYSTEM, "reviewers")
    question = late("reject")

    with pytest.raises(ValueError, match="rename them"):
        sweep()

    question.refresh_from_db()
    assert question.is_pending


# Upgrading


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"request": {"on_timeout": "reject"}}, "reject"),
        ({"request": {"on_timeout": None}}, ""),
        ({"request": {"on_timeout": "approve"}}, ""),
        ({"request": {"on_timeout": "reject"}, "dialect": "plain"}, ""),
    ],
)
def test_what_waited_before_there_were_sweeps_is_swept(fields: Any, expected: str) -> None:
    question = make_interrupt(due_at=timezone.now(), **fields)

    upgrade()

    question.refresh_from_db()
    assert (question.sweep_at, question.on_timeout) == (question.due_at, expected)


@pytest.mark.parametrize("fields", [{"status": "applied"}, {"expires_at": timezone.now()}])
def test_what_is_over_or_expires_by_itself_is_not(fields: Any) -> None:
    question = make_interrupt(due_at=timezone.now(), **fields)

    upgrade()

    question.refresh_from_db()
    assert question.sweep_at is None


def upgrade() -> None:
    with connection.cursor() as cursor:
        cursor.execute(import_module("approvals.migrations.0014_deadlines_of_waiting").WAITING)


# Many


@pytest.mark.parametrize("wish", ["reject", "escalate", "keep"])
def test_many_questions_take_no_more_statements_than_one(
    late: Any, wish: str, django_assert_num_queries: Any
) -> None:
    system_user()
    late(wish)
    with CaptureQueriesContext(connection) as for_one:
        sweep()
    many = [late(wish) for _ in range(9)]

    with django_assert_num_queries(len(for_one)):
        swept = sweep()

    assert [one.question_id for one in swept] == [question.pk for question in many]
