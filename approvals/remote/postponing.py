from __future__ import annotations

from uuid import UUID

from django.db import transaction

from approvals.driving.leases import give_back
from approvals.services.queue import wake

AGAIN_SECONDS = 10


@transaction.atomic
def postpone(run_id: int, *, token: UUID) -> None:
    """Leave the run as if this pass had not been, and have it driven again in a while.

    However often: a server that is away or at work is no reason to give a run up.
    """
    give_back(run_id, token=token)
    wake(run_id, after_seconds=AGAIN_SECONDS)
