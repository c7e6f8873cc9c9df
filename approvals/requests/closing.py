"""How a request ends: decided for good, or expired."""

from __future__ import annotations

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now

from approvals import audit, news
from approvals.callbacks import outbox
from approvals.models import Decision, Interrupt, Run

UNANSWERED = "It expired before anybody answered."
_ENDED = ["status", "result", "intent", "lease_token", "lease_until", "updated_at", "finished_at"]


def settle(run: Run) -> None:
    """The decision is final: give the run its result and have the asker told.

    The caller holds the run's row lock.
    """
    question = run.interrupts.select_related("decision").get()
    Decision.objects.filter(interrupt=question).update(applied_at=Now())
    _close(run, question, status=Interrupt.Status.APPLIED)
    audit.append(run, "run.finished")
    run.result = {"decisions": question.decision.resume_value}
    end(run, status=Run.Status.SUCCESS)
    outbox.tell(run.pk, outbox.DECIDED)


@transaction.atomic
def expire(run_id: int) -> bool:
    """End a request that is past its time; False when somebody was faster."""
    run = Run.objects.select_for_update().get(pk=run_id)
    question = run.interrupts.past_expiry().first()
    if question is None:
        return False
    Interrupt.objects.filter(pk=question.pk).update(closed_reason=UNANSWERED)
    _close(run, question, status=Interrupt.Status.EXPIRED)
    end(run, status=Run.Status.CANCELLED)
    outbox.tell(run.pk, outbox.EXPIRED)
    return True


def _close(run: Run, question: Interrupt, *, status: str) -> None:
    question.status, question.version = status, question.version + 1
    Interrupt.objects.filter(pk=question.pk).update(
        status=status, version=F("version") + 1, updated_at=Now()
    )
    audit.append(run, f"question.{status}", interrupt=question)
    news.item("updated", question)


def end(run: Run, *, status: str) -> None:
    """Nothing is left to do for a worker."""
    run.status, run.intent = status, Run.Intent.NONE
    run.lease_token = run.lease_until = None
    run.updated_at = run.finished_at = Now()
    run.save(update_fields=_ENDED)
    news.run_updated(run)
