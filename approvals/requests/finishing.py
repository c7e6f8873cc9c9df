"""A worker's part in a request: what an undo window held back, and cancelled ones."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

from approvals.driving.leases import LeaseLost
from approvals.models import Interrupt, Run
from approvals.requests.closing import end, settle


@transaction.atomic
def finish(run_id: int, *, token: UUID) -> None:
    """End a claimed run that has no graph. Raises LeaseLost."""
    run = Run.objects.select_for_update().get(pk=run_id)
    if run.lease_token != token:
        raise LeaseLost
    is_decided = run.interrupts.filter(status=Interrupt.Status.DECIDED).exists()
    if is_decided and run.intent != Run.Intent.CANCEL:
        settle(run)
    else:
        end(run, status=Run.Status.CANCELLED)
