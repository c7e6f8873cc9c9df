"""Turns what a pass produced into rows, in one transaction that only the lease's owner can make."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction
from django.db.models.functions import Now

from agents import failpoints
from agents.outcome import Cancelled, ErrorInfo, Failed, Finished, Gone, Outcome, Paused
from approvals import audit, news
from approvals.driving.holding import hold
from approvals.driving.leases import LeaseLost
from approvals.driving.report import Held, Report, asked_in
from approvals.driving.settling import RUN_FAILED, cancel, orphan, settle
from approvals.hiding.veiling import masked
from approvals.models import Interrupt, Run
from approvals.services.queue import wake

THREAD_GONE = "The thread of this run was deleted, so its graph cannot take an answer any more."
THREAD_CUT = "The checkpoint at which this was asked was deleted, so the graph cannot take an answer any more."

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
def record(run_id: int, *, token: UUID, outcome: Outcome | Report) -> None:
    """Write down how the run stands now and give the lease back.

    Recording the same outcome twice changes nothing the second time. Raises LeaseLost.
    """
    report = outcome if isinstance(outcome, Report) else Report(outcome=outcome)
    run = _owned(run_id, token)
    failpoints.reached("record.owned")
    if run.intent == Run.Intent.CANCEL and not isinstance(report.outcome, Cancelled):
        _hand_over(run)
        return
    _write(run, report)
    failpoints.reached("record.written")
    _release(run)
    failpoints.reached("record.released")


def _write(run: Run, report: Report) -> None:
    outcome = report.outcome
    if isinstance(outcome, Paused):
        _paused(run, outcome, report)
    elif isinstance(outcome, Finished):
        _finished(run, outcome, report)
    elif isinstance(outcome, Failed):
        _failed(run, outcome, report)
    elif isinstance(outcome, Held):
        _held(run, outcome)
    elif isinstance(outcome, Gone):
        _gone(run, outcome)
    else:
        _cancelled(run, report)
    if isinstance(outcome, Cancelled | Gone) or asked_in(outcome) is not None:
        run.unrecorded.all().delete()


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


def _paused(run: Run, outcome: Paused, report: Report) -> None:
    run.status = Run.Status.INTERRUPTED
    rows = settle(run, outcome.questions, report, state=outcome.state, held="")
    if _may_go_on(rows, report):
        wake(run.pk)


def _may_go_on(rows: list[Interrupt], report: Report) -> bool:
    """Whether an answer was given, or let go, while the pass was under way."""
    is_waiting = any(row.is_pending for row in rows)
    return any(
        row.status == Interrupt.Status.DECIDED
        and not row.held_reason
        and row.pk not in report.ready
        and (row.resumes_alone or not is_waiting)
        for row in rows
    )


def _finished(run: Run, outcome: Finished, report: Report) -> None:
    run.status, run.result, run.error, run.finished_at = (
        Run.Status.SUCCESS,
        outcome.state,
        None,
        Now(),
    )
    settle(run, (), report, state=outcome.state, held="")
    audit.append(run, "run.finished")


def _failed(run: Run, outcome: Failed, report: Report) -> None:
    _broke(run, outcome.error)
    if outcome.questions is not None:
        settle(run, outcome.questions, report, state=outcome.state, held=RUN_FAILED)


def _held(run: Run, outcome: Held) -> None:
    run.status = Run.Status.INTERRUPTED
    for row in run.interrupts.open().without_payloads():
        if reason := outcome.reasons.get(row.pk):
            hold(run, row, reason=reason)


def _gone(run: Run, outcome: Gone) -> None:
    if outcome.has_older:
        reason, retry = (
            THREAD_CUT,
            "goes on from the last one there is, and may repeat what came after it",
        )
    else:
        reason, retry = THREAD_GONE, "starts the run again from its input"
    _broke(run, ErrorInfo(type="ThreadGone", message=f"{reason} A retry {retry}."))
    orphan(run, reason=reason)


def _broke(run: Run, error: ErrorInfo) -> None:
    """Whatever the run's questions hide is hidden in the words of the error, too."""
    told = masked(run, error.as_json())
    run.status, run.error, run.finished_at = Run.Status.ERROR, told, Now()
    said = {name: told[name] for name in ("type", "message", "node")}
    audit.append(run, "run.failed", **said)


def _cancelled(run: Run, report: Report) -> None:
    """By whoever cancelled the run, or by a decision that says so."""
    is_decided = run.intent != Run.Intent.CANCEL
    run.status, run.finished_at = Run.Status.CANCELLED, Now()
    cancel(run, report)
    if is_decided:
        audit.append(run, "run.cancelled", via="decision")


def _release(run: Run, *, keep_intent: bool = False) -> None:
    if not keep_intent:
        run.intent = Run.Intent.NONE
    run.lease_token = run.lease_until = None
    run.attempts = 0
    run.updated_at = Now()
    run.save(update_fields=_WRITTEN)
    news.run_updated(run)
