"""Brings the rows of a run's questions in line with what its graph asks now."""

from __future__ import annotations

from typing import Any

from django.db.models import F
from django.db.models.functions import Now

from agents.dialects.request import ReviewRequest
from agents.outcome import Paused, Question
from agents.traces import NOT_ASKED
from approvals import audit, news
from approvals.driving.holding import hold
from approvals.driving.report import Report
from approvals.hiding.masking import hide
from approvals.models import Decision, Interrupt, Run
from approvals.models.interrupt import RANKS
from approvals.policy import Asking, Terms, freeze
from approvals.timeouts import Deadline, deadline_of

REWORDED = "It is asked in other words now."
CODE_CHANGED = "The agent's code has changed since this was asked."
RUN_FAILED = (
    "Another step of this run failed. The question can be answered when the run has been retried."
)

Status = Interrupt.Status


def settle(
    run: Run, questions: tuple[Question, ...], report: Report, *, state: dict[str, Any], held: str
) -> list[Interrupt]:
    """Open a row for each new question, close the rows whose question is no longer asked.

    `held`: why those that are asked may not be answered for now; empty when they may. Returns
    the rows that are open now.
    """
    before = {_place(row): row for row in run.interrupts.open().without_payloads()}
    rows = []
    for question in questions:
        row = before.pop(question.place, None)
        if row is not None and _stays(row, question, report):
            rows.append(_keep(run, row, question, held=held))
            continue
        if row is not None:
            _close_asked(run, row, report)
        round = row.round + 1 if row is not None and row.digest == question.digest else 1
        unfit = held or report.unfit.get(question.place, "")
        rows.append(_ask(run, question, state=state, held=unfit, round=round))
    for row in before.values():
        _close(run, row, report)
    return rows


def _stays(row: Interrupt, question: Question, report: Report) -> bool:
    """Whether a row is what the graph asks at its place: the same question, or one of other code.

    An answer that was carried there in a pass that ended well has been heard; what is asked then
    is asked once more.
    """
    if report.anew or (report.was_heard(row.pk) and isinstance(report.outcome, Paused)):
        return False
    return row.digest == question.digest or _is_of_other_code(row, question)


def _is_of_other_code(row: Interrupt, question: Question) -> bool:
    return (row.agent_version, row.step_code) != (question.version, question.step_code)


def _keep(run: Run, row: Interrupt, question: Question, *, held: str) -> Interrupt:
    if row.resumes_alone != question.resumes_alone:
        row.resumes_alone = question.resumes_alone
        Interrupt.objects.filter(pk=row.pk).update(resumes_alone=question.resumes_alone)
    if row.digest != question.digest:
        hold(run, row, reason=row.held_reason or CODE_CHANGED)
    else:
        hold(run, row, reason=held if row.status == Status.PENDING else "")
    return row


def _close_asked(run: Run, row: Interrupt, report: Report) -> None:
    if report.anew or report.was_heard(row.pk):
        _close(run, row, report)
    else:
        _end(run, row, status=Status.STALE, reason=REWORDED)


def orphan(run: Run, *, reason: str) -> None:
    for row in run.interrupts.open().without_payloads():
        _end(run, row, status=Status.ORPHANED, reason=reason)


def cancel(run: Run, report: Report) -> None:
    """A decision may be what cancelled the run: that one was carried out."""
    for row in run.interrupts.open().without_payloads():
        is_done = row.pk in report.sent
        _end(run, row, status=Status.APPLIED if is_done else Status.CANCELLED, reason="")


def _place(row: Interrupt) -> tuple[str, str, str]:
    return row.checkpoint_id, row.task_id, row.interrupt_id


def _close(run: Run, row: Interrupt, report: Report) -> None:
    if report.was_heard(row.pk):
        _end(run, row, status=Status.APPLIED, reason="")
    else:
        reason = report.reasons.get(row.pk) or report.anew or NOT_ASKED
        _end(run, row, status=Status.SUPERSEDED, reason=reason)


def _end(run: Run, row: Interrupt, *, status: str, reason: str) -> None:
    row.status, row.held_reason, row.closed_reason = status, "", reason
    row.version += 1
    Interrupt.objects.filter(pk=row.pk).update(
        status=status,
        held_reason="",
        closed_reason=reason,
        version=F("version") + 1,
        updated_at=Now(),
    )
    if status == Status.APPLIED:
        Decision.objects.filter(interrupt=row).update(applied_at=Now())
    told = {"why": reason} if reason else {}
    audit.append(run, f"question.{status}", interrupt=row, **told)
    news.item("updated", row)


def _ask(
    run: Run, question: Question, *, state: dict[str, Any], held: str, round: int
) -> Interrupt:
    request = question.request
    actions = [action.as_json() for action in request.actions]
    terms = freeze(
        Asking(
            agent_key=run.agent_id,
            node=question.node,
            actions=actions,
            state=request.state or state,
            risk=request.risk,
        )
    )
    row = Interrupt.objects.create(
        run=run,
        agent_id=run.agent_id,
        agent_version=question.version or run.agent_version,
        step_code=question.step_code,
        round=round,
        resumes_alone=question.resumes_alone,
        requested_by_id=run.requested_by_id,
        earlier_requesters=run.earlier_requesters,
        checkpoint_id=question.checkpoint_id,
        task_id=question.task_id,
        interrupt_id=question.interrupt_id,
        digest=question.digest,
        dialect=request.dialect,
        node=question.node[:255],
        policy=terms.as_json(),
        risk=terms.risk,
        rank=RANKS[terms.risk],
        held_reason=held,
        **hide(
            {
                "title": request.title[:300],
                "summary": request.summary,
                "effect": request.effect,
                "description": request.description,
                "request": request.payload,
                "actions": actions,
                "state": request.state or state,
            },
            terms.masked,
        ),
        **_deadline(request, terms=terms, agent_key=run.agent_id).columns(),
    )
    audit.append(run, "question.asked", interrupt=row, node=row.node, digest=row.digest)
    news.item("created", row)
    return row


def _deadline(request: ReviewRequest, *, terms: Terms, agent_key: str) -> Deadline:
    asked = Deadline(seconds=request.deadline_seconds, on_timeout=request.on_timeout)
    return deadline_of(asked, terms=terms, agent_key=agent_key)
