"""POST /approve speaks of a thread: finding its question, and telling how its run went on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from approvals.api.serializers.interrupts import InterruptRow
from approvals.api.waiting import wait_for
from approvals.exceptions import NotFound, NotPending
from approvals.models import Interrupt, Run

if TYPE_CHECKING:
    from django.contrib.auth.models import User

RESUMING = "resuming"


class NothingPending(NotPending):
    detail = _("The thread does not wait for an answer.")


class SeveralPending(NotPending):
    code = "several_pending"
    detail = _("The thread waits with more than one question: decide them by id.")


def pending_question(user: User, thread_id: str) -> Interrupt:
    """The one question the thread waits with. Raises NotFound, NothingPending and
    SeveralPending."""
    runs = Run.objects.visible_to(user).filter(thread_id=thread_id)
    run = runs.order_by("-id").first()
    if run is None:
        raise NotFound(_("There is no such thread."))
    pending = list(run.interrupts.pending().by_urgency())
    if len(pending) != 1 or not run.is_active:
        refusal = SeveralPending if len(pending) > 1 else NothingPending
        raise refusal(extra=_standing(run, pending))
    return pending[0]


def as_decisions(question: Interrupt, *, approved: bool, notes: str) -> list[dict[str, Any]]:
    return [_as_decision(action, approved=approved, notes=notes) for action in question.actions]


def settled(answer: dict[str, Any], *, approved: bool) -> dict[str, Any]:
    """The same answer once the run has got on, or as it is after the waiting time."""
    return wait_for(
        lambda: how_it_went(answer["run"], approved=approved),
        answer,
        seconds=settings.LANGVEL_APPROVE_WAIT_SECONDS,
        is_over=lambda seen: seen["status"] != RESUMING,
    )


def how_it_went(run_id: int, *, approved: bool) -> dict[str, Any]:
    """The truth about a run one of whose questions was just decided."""
    run = Run.objects.get(pk=run_id)
    said = {"run": run.pk, "thread_id": run.thread_id, "result": run.result}
    if run.status == Run.Status.SUCCESS:
        return {"status": "completed" if approved else "rejected"} | said
    if run.status == Run.Status.CANCELLED and not approved:
        return {"status": "rejected"} | said
    if run.status in (Run.Status.ERROR, Run.Status.CANCELLED):
        return {"status": "failed", "error": _error(run)} | said
    question = _next_question(run)
    if question is not None:
        return {"status": "paused", "interrupt": InterruptRow(question).data} | said
    return {"status": RESUMING} | said


def _as_decision(action: dict[str, Any], *, approved: bool, notes: str) -> dict[str, Any]:
    """A question that can only be responded to is told true or false."""
    verb = "approve" if approved else "reject"
    if verb not in action["allowed"] and "respond" in action["allowed"]:
        return {"type": "respond", "value": approved}
    return {"type": verb} | ({"message": notes} if notes else {})


def _next_question(run: Run) -> Interrupt | None:
    """Until a worker has taken the answer, the run still counts as interrupted."""
    if run.status != Run.Status.INTERRUPTED:
        return None
    rows = run.interrupts.pending().without_payloads().select_related("requested_by", "assignee")
    return rows.by_urgency().first()


def _error(run: Run) -> dict[str, Any]:
    if run.status == Run.Status.CANCELLED:
        return {"type": "Cancelled", "message": "The run was cancelled.", "node": ""}
    return {name: run.error[name] for name in ("type", "message", "node")}


def _standing(run: Run, pending: list[Interrupt]) -> dict[str, Any]:
    shown = ("id", "title", "node", "version", "digest")
    return {
        "run": run.pk,
        "status": run.status,
        "pending": [{name: getattr(row, name) for name in shown} for row in pending],
    }
