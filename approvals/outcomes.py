"""Turns what a pass produced into rows, in one transaction that only the lease's owner can make."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now

from agents.outcome import (
    Cancelled,
    ErrorInfo,
    Failed,
    Finished,
    Gone,
    Outcome,
    Paused,
    Question,
)
from approvals import audit, news
from approvals.leases import LeaseLost
from approvals.models import Decision, Interrupt, Run
from approvals.models.interrupt import RANKS
from approvals.services.queue import wake

_WRITTEN = [
    "status",
    "intent",
    "result",
    "error",
    "lease_token",
    "lease_until",
    "attempts",
    "updated_at",
    "finished_at",
]


@transaction.atomic
def record(run_id: int, *, token: UUID, outcome: Outcome) -> None:
    """Write down how the run stands now and give the lease back.

    Recording the same outcome twice changes nothing the second time. Raises LeaseLost.
    """
    run = _owned(run_id, token)
    if run.intent == Run.Intent.CANCEL:
        _hand_over(run)
        return
    if isinstance(outcome, Paused):
        _paused(run, outcome)
    elif isinstance(outcome, Finished):
        _finished(run, outcome)
    elif isinstance(outcome, Cancelled):
        _cancelled(run)
    elif isinstance(outcome, Gone):
        _gone(run)
    else:
        _failed(run, outcome)
    _release(run)


@transaction.atomic
def record_cancelled(run_id: int, *, token: UUID) -> None:
    """The thread has nothing left to do; the run is over. Raises LeaseLost."""
    run = _owned(run_id, token)
    run.status, run.finished_at = Run.Status.CANCELLED, Now()
    _release(run)


def give_up(run_id: int, *, token: UUID, attempts: int) -> None:
    """Stop driving a run whose workers keep dying; a person must look. Raises LeaseLost."""
    error = ErrorInfo(
        type="NeedsAttention",
        message=(
            f"The worker died {attempts} times while moving this run. Find out why in the "
            "workers' logs, then retry the run."
        ),
    )
    record(run_id, token=token, outcome=Failed(state={}, error=error))


def _owned(run_id: int, token: UUID) -> Run:
    run = Run.objects.select_for_update().defer("input", "result", "config").get(pk=run_id)
    if run.lease_token != token:
        raise LeaseLost
    return run


def _hand_over(run: Run) -> None:
    """Somebody cancelled while the pass was under way: the next pass empties the thread."""
    _release(run, keep_intent=True)
    wake(run.pk)


def _paused(run: Run, outcome: Paused) -> None:
    run.status = Run.Status.INTERRUPTED
    _settle_questions(run, outcome.questions, state=outcome.state)


def _finished(run: Run, outcome: Finished) -> None:
    run.status, run.result, run.error, run.finished_at = (
        Run.Status.SUCCESS,
        outcome.state,
        None,
        Now(),
    )
    _settle_questions(run, (), state=outcome.state)
    audit.append(run, "run.finished")


def _failed(run: Run, outcome: Failed) -> None:
    run.status, run.error, run.finished_at = Run.Status.ERROR, outcome.error.as_json(), Now()
    if outcome.questions:
        _settle_questions(run, outcome.questions, state=outcome.state)
    audit.append(
        run,
        "run.failed",
        type=outcome.error.type,
        message=outcome.error.message,
        node=outcome.error.node,
    )


def _cancelled(run: Run) -> None:
    """A decision may be what cancelled the run: that one was carried out."""
    run.status, run.finished_at = Run.Status.CANCELLED, Now()
    for row in run.interrupts.open().without_payloads():
        is_decided = row.status == Interrupt.Status.DECIDED
        status = Interrupt.Status.APPLIED if is_decided else Interrupt.Status.CANCELLED
        _close(run, row, status=status)


def _gone(run: Run) -> None:
    run.status, run.finished_at = Run.Status.ERROR, Now()
    run.error = ErrorInfo(type="ThreadGone", message=_GONE).as_json()
    for row in run.interrupts.open().without_payloads():
        _close(run, row, status=Interrupt.Status.ORPHANED)
        Interrupt.objects.filter(pk=row.pk).update(closed_reason=_GONE)
    audit.append(run, "run.failed", type="ThreadGone", message=_GONE, node="")


_GONE = "The thread no longer exists; somebody deleted it."


def _release(run: Run, *, keep_intent: bool = False) -> None:
    if not keep_intent:
        run.intent = Run.Intent.NONE
    run.lease_token = run.lease_until = None
    run.attempts = 0
    run.updated_at = Now()
    run.save(update_fields=_WRITTEN)
    news.run_updated(run)


def _settle_questions(run: Run, questions: tuple[Question, ...], *, state: dict[str, Any]) -> None:
    """Open a row for each new question, close the rows whose question is no longer asked."""
    open_rows = {_place(row): row for row in run.interrupts.open().without_payloads()}
    asked = {_place(question) for question in questions}
    for question in questions:
        row = open_rows.get(_place(question))
        if row is not None and row.digest == question.digest:
            del open_rows[_place(question)]
        else:
            _ask(run, question, state=state)
    for place, row in open_rows.items():
        _close(run, row, status=_closing_status(run, row, still_asked=place in asked))


def _place(question: Question | Interrupt) -> tuple[str, str, str]:
    return question.checkpoint_id, question.task_id, question.interrupt_id


def _closing_status(run: Run, row: Interrupt, *, still_asked: bool) -> str:
    """Stale: asked again in other words. Applied: answered and consumed. Else superseded."""
    if still_asked:
        return Interrupt.Status.STALE
    if row.status == Interrupt.Status.DECIDED and run.intent != Run.Intent.REASK:
        return Interrupt.Status.APPLIED
    return Interrupt.Status.SUPERSEDED


def _ask(run: Run, question: Question, *, state: dict[str, Any]) -> None:
    request = question.request
    row = Interrupt.objects.create(
        run=run,
        agent_id=run.agent_id,
        agent_version=run.agent_version,
        requested_by_id=run.requested_by_id,
        checkpoint_id=question.checkpoint_id,
        task_id=question.task_id,
        interrupt_id=question.interrupt_id,
        digest=question.digest,
        dialect=request.dialect,
        node=question.node[:255],
        title=request.title[:300],
        summary=request.summary,
        effect=request.effect,
        description=request.description,
        request=request.payload,
        actions=[action.as_json() for action in request.actions],
        state=request.state or state,
        risk=request.risk,
        rank=RANKS[request.risk],
        due_at=_due(request.deadline_seconds),
    )
    audit.append(run, "question.asked", interrupt=row, node=row.node, digest=row.digest)
    news.item("created", row)


def _due(seconds: float | None) -> Any:
    return None if seconds is None else Now() + timedelta(seconds=seconds)


def _close(run: Run, row: Interrupt, *, status: str) -> None:
    row.status = status
    row.version += 1
    Interrupt.objects.filter(pk=row.pk).update(
        status=status, version=F("version") + 1, updated_at=Now()
    )
    if status == Interrupt.Status.APPLIED:
        Decision.objects.filter(interrupt=row).update(applied_at=Now())
    audit.append(run, f"question.{status}", interrupt=row)
    news.item("updated", row)
