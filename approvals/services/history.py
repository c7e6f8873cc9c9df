"""Having a worker read a run's earlier states, which the web process never does itself."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext as _
from procrastinate.exceptions import AlreadyEnqueued

from approvals import audit
from approvals.exceptions import Conflict, Forbidden
from approvals.hiding.veiling import HIDDEN, hides
from approvals.models import Agent, Checkpoint, Run, RunHistory
from approvals.services.queue import read_history

if TYPE_CHECKING:
    from django.contrib.auth.models import User

PATIENCE = timedelta(seconds=10)
"""A worker that was asked and has not answered for that long may be gone: another one is asked."""


class Reading(StrEnum):
    """`READ`: all there is, as far as anybody knows. Else a worker is at it, or was and failed."""

    READING = "reading"
    READ = "read"
    FAILED = "failed"


class NoHistory(Conflict):
    code = "no_history"


def want_history(run: Run) -> RunHistory:
    """How far the run's earlier states are read; has a worker read on where the run went on.

    Asking is no change of the run: whoever may see it may ask, as often as they like.
    Raises NoHistory for an agent whose checkpoints are not here.
    """
    refuse_without_history(run)
    is_asked = Q(asked_at__isnull=False) & Q(asked_at__gt=Now() - PATIENCE)
    history = RunHistory.objects.annotate(is_asked=is_asked).filter(run=run).first()
    if history is None or not (history.is_asked or _is_read(run, history)):
        _ask(run)
    return history or RunHistory(run=run)


def reading_of(run: Run, history: RunHistory) -> Reading:
    if history.as_of is None or history.as_of < run.updated_at:
        return Reading.READING
    return Reading.FAILED if history.problem else Reading.READ


def note_opening(checkpoint: Checkpoint, *, user: User) -> None:
    """A state is shown whole: where the run's questions hide something, to few, and it is noted.

    Raises Forbidden.
    """
    run = checkpoint.run
    if hides(run, user=user):
        raise Forbidden(HIDDEN)
    if hides(run, user=None):
        audit.append(
            None,
            "secrets.viewed",
            actor=user,
            model="run",
            row=run.pk,
            checkpoint=checkpoint.checkpoint_id,
        )


def _is_read(run: Run, history: RunHistory) -> bool:
    """A failed reading is tried again each time somebody looks."""
    return reading_of(run, history) is Reading.READ


def refuse_without_history(run: Run) -> None:
    if run.agent.kind == Agent.Kind.REMOTE:
        raise NoHistory(
            _(
                "This run is on an Agent Server, which keeps its checkpoints to itself: its "
                "earlier states cannot be opened or forked here."
            )
        )
    if run.agent.kind == Agent.Kind.REQUEST:
        raise NoHistory(_("A program asked this by the API, so there are no earlier states."))


@transaction.atomic
def _ask(run: Run) -> None:
    RunHistory.objects.update_or_create(run=run, defaults={"asked_at": Now()})
    try:
        with transaction.atomic():
            read_history(run.pk)
    except AlreadyEnqueued:
        # The job that waits will read what there is when its turn comes.
        pass
