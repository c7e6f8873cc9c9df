"""What happens to questions that nobody answered in time. Done as `system`; never an approval.

Safe to run at any time and by several at once: whoever is at a run holds its lock, a sweep leaves
that run for the next one, and a question that was answered meanwhile is not won.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import OperationalError, transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Now

from agents import failpoints
from agents.dialects.request import ReviewerDecision
from approvals.exceptions import InvalidDecision
from approvals.groups import system_user
from approvals.models import Decision, Interrupt, Run
from approvals.services.answering import check_answer
from approvals.services.overdue import Late, What, escalate, keep, postpone
from approvals.services.recording import Answer, store, win
from approvals.timeouts import unanswered_by

if TYPE_CHECKING:
    from django.contrib.auth.models import User

log = logging.getLogger(__name__)

AUTH = "system"
BATCH = 500
MOST = 50_000
"""Questions of one sweep; the next one comes in seconds."""

RUN_FAILED = "the run has failed"
NOT_REJECTABLE = "this question cannot be rejected"

_UNSHOWN = ("state", "summary", "effect", "description")
_OF_RUN = ("run__input", "run__config", "run__metadata", "run__result", "run__error")
# Reading a time takes as long as the rest of a row.
_TIMES = ("claimed_until", "snoozed_until", "created_at", "updated_at")
_TIMES_OF_RUN = ("run__lease_until", "run__created_at", "run__updated_at", "run__finished_at")


@dataclass(frozen=True, kw_only=True)
class Swept:
    """One question, and what was done about it."""

    question_id: int
    what: What
    why: str


def sweep() -> list[Swept]:
    """Apply every deadline that has passed, the oldest first."""
    system = system_user()
    done: list[Swept] = []
    while len(done) < MOST and (applied := _apply_next(system)):
        done += applied
    return done


def _apply_next(system: User) -> list[Swept]:
    """The next batch in one transaction; should that fail, each question in one of its own."""
    taken: list[Interrupt] = []
    try:
        with transaction.atomic():
            taken = list(_due()[:BATCH])
            return _apply(taken, system)
    except OperationalError:
        raise
    except Exception:
        if not taken:
            raise
        log.exception("a batch of deadlines could not be applied; each is tried by itself")
    return [one for question in taken for one in _apply_alone(question.pk, system)]


def _apply_alone(question_id: int, system: User) -> list[Swept]:
    try:
        with transaction.atomic():
            return _apply(_due().filter(pk=question_id), system)
    except OperationalError:
        raise
    except Exception as error:
        with transaction.atomic():
            failed = [_failed(question, error) for question in _due().filter(pk=question_id)]
            return _carry_out(failed, {}, system)


def _due() -> QuerySet[Interrupt]:
    """Questions whose deadline has passed, behind the locks of their runs.

    Left for later: those of runs that are on their way, or in somebody's hands.
    """
    stands = Q(run__status__in=[Run.Status.INTERRUPTED, Run.Status.ERROR])
    alone = Q(run__status=Run.Status.RUNNING, resumes_alone=True)
    answerable = Q(expires_at__isnull=True) | Q(expires_at__gt=Now())
    rows = Interrupt.objects.deadline_passed().filter(stands | alone, answerable)
    return (
        rows.exclude(run__intent=Run.Intent.CANCEL)
        .select_related("run")
        .defer(*_UNSHOWN, *_OF_RUN, *_TIMES, *_TIMES_OF_RUN)
        .select_for_update(of=("run",), skip_locked=True)
        .order_by("sweep_at", "id")
    )


def _apply(taken: Iterable[Interrupt], system: User) -> list[Swept]:
    planned: list[Late] = []
    answers: dict[int, Answer] = {}
    for question in taken:
        try:
            late = _plan(question)
            if late.what == "rejected":
                answers[question.pk] = _rejection(question, late.why, system)
        except InvalidDecision as refused:
            late = _handed_over(question, f"it cannot be rejected: {refused.errors[0]['message']}")
        except Exception as error:
            late = _failed(question, error)
        planned.append(late)
    return _carry_out(planned, answers, system)


def _plan(question: Interrupt) -> Late:
    """A question that cannot be rejected now, or not at all, goes to the supervisors instead."""
    if question.on_timeout == Interrupt.OnTimeout.ESCALATE:
        return _handed_over(question)
    if question.on_timeout != Interrupt.OnTimeout.REJECT:
        return Late(question=question, what="kept", why=unanswered_by(question))
    if question.held_reason:
        return _handed_over(question, f"it is held: {question.held_reason}")
    if question.run.status == Run.Status.ERROR:
        return _handed_over(question, RUN_FAILED)
    if not question.can_be_rejected:
        return _handed_over(question, NOT_REJECTABLE)
    return Late(question=question, what="rejected", why=unanswered_by(question))


def _handed_over(question: Interrupt, instead: str = "") -> Late:
    """`instead`: why it was not rejected, as was asked."""
    why = unanswered_by(question)
    if instead:
        why = f"{why} It was to be rejected then, but {instead.rstrip('.')}."
    return Late(question=question, what="escalated", why=why)


def _failed(question: Interrupt, error: Exception) -> Late:
    log.error("the deadline of question %s cannot be applied", question.pk, exc_info=error)
    return Late(question=question, what="failed", why=f"{type(error).__name__}: {error}"[:500])


def _rejection(question: Interrupt, why: str, system: User) -> Answer:
    decisions: list[ReviewerDecision] = [{"type": "reject", "message": why}] * len(question.actions)
    return Answer(
        question=question,
        version=question.version,
        digest=question.digest,
        decisions=decisions,
        resume_value=check_answer(question, decisions, reviewer=system, reason=why),
        reason=why,
    )


def _carry_out(planned: Sequence[Late], answers: Mapping[int, Answer], system: User) -> list[Swept]:
    """Do it, each kind in as many statements as for one; in the end all of it, in its order."""
    kinds: dict[What, list[Late]] = defaultdict(list)
    for late in planned:
        kinds[late.what].append(late)
    failpoints.reached("sweep.planned")
    done = {late.question.pk for late in escalate(kinds["escalated"], actor=system)}
    done |= {late.question.pk for late in keep(kinds["kept"], actor=system)}
    done |= {late.question.pk for late in postpone(kinds["failed"], actor=system)}
    if won := win([answers[late.question.pk] for late in kinds["rejected"]]):
        store(won, actor=system, via=Decision.Via.TIMEOUT, auth_method=AUTH)
        done |= {answer.question.pk for answer in won}
    failpoints.reached("sweep.applied")
    return [
        Swept(question_id=late.question.pk, what=late.what, why=late.why)
        for late in planned
        if late.question.pk in done
    ]
