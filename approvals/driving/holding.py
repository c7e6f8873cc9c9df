"""Keeping a question from being answered for a while."""

from __future__ import annotations

from django.db.models import F
from django.db.models.functions import Now

from approvals import audit, news
from approvals.models import Interrupt, Run

MOVING = "Another program is moving this thread. What it asks then will be asked here."
"""Only a drive, which sees the thread, may say or take back that; `looking` has it driven."""


def hold(run: Run, row: Interrupt, *, reason: str) -> None:
    """Hold a question, or let it be answered again when there is no reason.

    The caller holds the run's row lock. Holding for the same reason twice changes nothing.
    """
    if row.held_reason == reason:
        return
    row.held_reason = reason
    row.version += 1
    Interrupt.objects.filter(pk=row.pk).update(
        held_reason=reason, version=F("version") + 1, updated_at=Now()
    )
    action = "question.held" if reason else "question.released"
    audit.append(run, action, interrupt=row, **({"why": reason} if reason else {}))
    news.item("updated", row)
