"""A worker copies the checkpoints of a run into rows, when somebody wants to see them.

Not while runs are driven: most are never looked at this closely, and each would cost as many
writes again as the graph makes.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from agents import registry
from agents.config import RunConfig
from agents.failure import describe, is_storage_error
from agents.history import History, Moment, Span
from agents.jsonable import canonical
from agents.runner import Thread
from agents.saver import FencedSaver, Pool
from approvals import news
from approvals.database import in_database
from approvals.models import Checkpoint, Run, RunHistory

LIMIT = 200
"""Checkpoints of a run that are read at most, the latest ones."""

AFTER_ALL = "~"
"""Comes after every id: where a run begins that no worker has looked at, so there is nothing of it."""

MAX_STATE = 1_000_000
"""Characters of a state that is kept as a copy; a larger one can be forked but not shown."""


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What is to be read: one run's part of its thread."""

    agent_key: str
    config: RunConfig
    span: Span
    as_of: datetime


async def read_run(pool: Pool, run_id: int) -> None:
    """Read what is new in a run's thread. Twice, or two at once, come to the same rows."""
    wanted = await in_database(_wanted, run_id)
    if wanted is None:
        return
    try:
        found = await _read(pool, wanted)
    except Exception as error:
        if not is_storage_error(error):
            told = describe(error)
            problem = f"{told.type}: {told.message}"
            await in_database(_refuse, run_id, problem=problem, as_of=wanted.as_of)
        raise
    await in_database(_store, run_id, found, as_of=wanted.as_of)


async def _read(pool: Pool, wanted: Wanted) -> History:
    agent = registry.load(wanted.agent_key)
    saver = FencedSaver(pool, types=agent.serializable_types())
    return await Thread(agent, wanted.config, saver).history(span=wanted.span, limit=LIMIT)


def _wanted(run_id: int) -> Wanted | None:
    run = Run.objects.defer("input", "result", "error").filter(pk=run_id).first()
    if run is None:
        return None
    configurable = run.config.get("configurable", {})
    return Wanted(
        agent_key=run.agent_id,
        config=RunConfig(thread_id=run.thread_id, configurable=configurable, mark=run.pk),
        span=_span(run),
        as_of=run.updated_at,
    )


def _span(run: Run) -> Span:
    """A thread may have been another run's before and may be another's since."""
    begins = run.base_checkpoint_id
    later = Run.objects.filter(thread_id=run.thread_id, pk__gt=run.pk)
    known = Checkpoint.objects.filter(run=run).order_by("-checkpoint_id")
    return Span(
        after=AFTER_ALL if begins is None else begins,
        until=later.exclude(base_checkpoint_id=None)
        .order_by("pk")
        .values_list("base_checkpoint_id", flat=True)
        .first()
        or "",
        known=known.values_list("checkpoint_id", flat=True).first() or "",
    )


@transaction.atomic
def _store(run_id: int, found: History, *, as_of: datetime) -> None:
    rows = [_row(run_id, moment) for moment in reversed(found.moments)]
    Checkpoint.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["run", "checkpoint_id"],
        # The rest of a checkpoint never changes; this does where somebody edits at a breakpoint.
        update_fields=["state"],
    )
    history, _ = RunHistory.objects.select_for_update().get_or_create(run_id=run_id)
    history.as_of, history.problem, history.schema = as_of, "", found.schema
    history.is_cut = history.is_cut or found.is_cut
    history.save()
    news.run_updated(Run.objects.only("status", "requested_by").get(pk=run_id))


@transaction.atomic
def _refuse(run_id: int, *, problem: str, as_of: datetime) -> None:
    values = {"as_of": as_of, "problem": problem}
    RunHistory.objects.update_or_create(run_id=run_id, defaults=values)
    news.run_updated(Run.objects.only("status", "requested_by").get(pk=run_id))


def _row(run_id: int, moment: Moment) -> Checkpoint:
    return Checkpoint(
        run_id=run_id,
        checkpoint_id=moment.checkpoint_id,
        before_id=moment.parent_id,
        step=moment.step,
        source=moment.source[:20],
        steps=list(moment.steps),
        next=list(moment.next),
        state=_kept(moment.state),
        created_at=datetime.fromisoformat(moment.at),
    )


def _kept(state: dict[str, Any]) -> dict[str, Any] | None:
    return state if len(canonical(state)) <= MAX_STATE else None
