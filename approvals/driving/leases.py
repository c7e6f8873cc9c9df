"""Who may move a run: one pass at a time, across processes, and nobody after losing the right.

Two guards, for two failures. The advisory lock is held by the worker's connection for the whole
pass: a paused process keeps it, a dead one loses it at once. The lease token is written to the
run and checked inside every write of the saver and of the outcome: a worker that was cut off and
overtaken can do no harm when it comes back.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Now
from psycopg import AsyncConnection, OperationalError

from agents import failpoints
from agents.forking import Seed
from agents.raised import Code, Raised, Unrecorded
from agents.saver import Fence
from approvals.driving.unrecorded import NOTE, left_by_run, read_left
from approvals.models import Decision, Interrupt, Run
from approvals.travel.origin import seed_of

NAMESPACE = 1_280_066_135
"""First key of every advisory lock of ours; the second is the run's id."""

DEATHS = 2
"""Of workers, in a row, that make a run a suspect. One alone says nothing: machines go down."""

LEASE = timedelta(minutes=5)
"""How long `lease_until` promises; only people read it. The locks above are what counts."""

_KEEPALIVE = (
    "SET tcp_keepalives_idle = 10",
    "SET tcp_keepalives_interval = 5",
    "SET tcp_keepalives_count = 3",
)
"""So that the locks of a machine that vanished are free after half a minute."""

_STANDING = (
    "status",
    "held_reason",
    "checkpoint_id",
    "task_id",
    "interrupt_id",
    "digest",
    "node",
    "agent_version",
    "step_code",
    "resumes_alone",
    "decision__resume_value",
)


@dataclass(frozen=True, kw_only=True)
class Standing:
    """A question that was open when the run was claimed.

    `is_ready`: its answer, `value`, may be carried to the graph now: decided, past its undo
    window, not held.
    """

    pk: int
    place: tuple[str, str, str]
    digest: str
    node: str
    agent_version: str
    step_code: str
    resumes_alone: bool
    is_ready: bool
    value: Any = None


@dataclass(frozen=True, kw_only=True)
class Claim:
    """A run that this worker may move now, and all it needs to know of it.

    `is_untouched`: nobody has moved the run before and its thread is its own, so there is no
    checkpoint to look at. `was_waiting`: whatever happened to the thread since it was recorded
    was not our doing. `has_asked`: the thread has been further than its start. `seed`: what a
    forked run begins with instead of its input. `unrecorded`: what an earlier pass asked and
    did not record.
    """

    run_id: int
    token: UUID
    agent_key: str
    agent_kind: str
    thread_id: str
    base_checkpoint_id: str | None
    input: dict[str, Any]
    config: Mapping[str, Any]
    intent: str
    attempts: int
    open: tuple[Standing, ...]
    is_untouched: bool
    was_waiting: bool
    has_asked: bool
    seed: Seed | None
    unrecorded: tuple[Unrecorded, ...]

    def raised(self, code: Code) -> Raised:
        """For a pass with that code."""
        return Raised(code, self.unrecorded, sql=NOTE, params=(self.run_id,))

    @property
    def fence(self) -> Fence:
        return Fence("SELECT approvals_check_lease(%s, %s)", (self.run_id, self.token))


class LeaseLost(Exception):
    """Another worker has taken the run over; what this one found must not be recorded."""


class Suspect(Exception):
    """Workers died while they moved this run: it may be moved only beside runs that are none."""


class RunLocks:
    """One connection that holds the advisory lock of every run this process is moving."""

    def __init__(self, conninfo: str) -> None:
        self._conninfo = conninfo
        self._connection: AsyncConnection[Any] | None = None
        self._one_at_a_time = asyncio.Lock()

    async def acquire(self, run_id: int) -> bool:
        """Whether the run is ours now. The same process does not get it twice."""
        async with self._one_at_a_time:
            try:
                return await self._try(await self._connected(), run_id)
            except OperationalError:
                await self.close()
                return await self._try(await self._connected(), run_id)

    @staticmethod
    async def _try(connection: AsyncConnection[Any], run_id: int) -> bool:
        cursor = await connection.execute(
            # A session may take its own lock again, so holding it already counts as a no.
            "SELECT NOT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory'"
            " AND pid = pg_backend_pid() AND classid = %(ns)s AND objid = %(run)s)"
            " AND pg_try_advisory_lock(%(ns)s, %(run)s)",
            {"ns": NAMESPACE, "run": run_id % 2**31},
        )
        row = await cursor.fetchone()
        return bool(row and row[0])

    async def release(self, run_id: int) -> None:
        """Give the run back. A connection that broke has given back everything already."""
        async with self._one_at_a_time:
            if self._connection is not None:
                with suppress(OperationalError):
                    await self._connection.execute(
                        "SELECT pg_advisory_unlock(%s, %s)", (NAMESPACE, run_id % 2**31)
                    )

    async def close(self) -> None:
        if self._connection is not None:
            await self._connection.close()

    async def _connected(self) -> AsyncConnection[Any]:
        if self._connection is None or self._connection.closed:
            self._connection = await AsyncConnection.connect(self._conninfo, autocommit=True)
            for setting in _KEEPALIVE:
                await self._connection.execute(setting)
        return self._connection


@transaction.atomic
def claim(run_id: int, *, is_watched: bool = False) -> Claim | None:
    """Take the lease of a run whose advisory lock is held; None when it needs no worker.

    Raises Suspect, unless the caller sees to it that no other suspect is moved meanwhile.
    """
    rows = Run.objects.select_for_update(of=("self",)).annotate(
        kind=F("agent__kind"), left=left_by_run("pk")
    )
    run = rows.defer("result", "error").filter(pk=run_id).first()
    if run is None or not run.is_active:
        return None
    standing = _open(run)
    waits = run.status == Run.Status.INTERRUPTED
    if waits and run.intent == Run.Intent.NONE and not _may_move(standing):
        return None
    if run.attempts >= DEATHS and not is_watched:
        raise Suspect
    token = uuid4()
    Run.objects.filter(pk=run_id).update(
        status=Run.Status.RUNNING,
        lease_token=token,
        lease_until=Now() + LEASE,
        attempts=F("attempts") + 1,
        updated_at=Now(),
    )
    failpoints.reached("claim.taken")
    return Claim(
        run_id=run_id,
        token=token,
        agent_key=run.agent_id,
        agent_kind=run.kind,
        thread_id=run.thread_id,
        base_checkpoint_id=run.base_checkpoint_id,
        input=run.input,
        config=run.config,
        intent=run.intent,
        attempts=run.attempts + 1,
        open=standing,
        is_untouched=_is_untouched(run),
        was_waiting=waits,
        has_asked=bool(standing) or (not _is_untouched(run) and run.interrupts.exists()),
        seed=seed_of(run),
        unrecorded=read_left(run.left),
    )


def _is_untouched(run: Run) -> bool:
    is_new = run.status == Run.Status.PENDING and run.intent == Run.Intent.NONE
    return is_new and run.attempts == 0 and run.base_checkpoint_id == ""


def _may_move(standing: tuple[Standing, ...]) -> bool:
    """Whether nothing keeps the run waiting: an answer owed, an undo window, code that changed."""
    ready = [one for one in standing if one.is_ready]
    return len(ready) == len(standing) or any(one.resumes_alone for one in ready)


def _open(run: Run) -> tuple[Standing, ...]:
    rows = (
        run.interrupts.open()
        .select_related("decision")
        .annotate(is_due=Q(decision__effective_at__lte=Now()))
        .only(*_STANDING)
        .order_by("id")
    )
    return tuple(
        Standing(
            pk=row.pk,
            place=(row.checkpoint_id, row.task_id, row.interrupt_id),
            digest=row.digest,
            node=row.node,
            agent_version=row.agent_version,
            step_code=row.step_code,
            resumes_alone=row.resumes_alone,
            is_ready=_is_ready(row),
            value=row.decision.resume_value if row.status == Interrupt.Status.DECIDED else None,
        )
        for row in rows
    )


def _is_ready(row: Interrupt) -> bool:
    is_due: bool | None = getattr(row, "is_due", None)
    return row.status == Interrupt.Status.DECIDED and bool(is_due) and not row.held_reason


def base_checkpoint(run_id: int, *, token: UUID, checkpoint_id: str) -> None:
    """Remember where a thread that existed before this run stood, before the run moves it."""
    if not Run.objects.filter(pk=run_id, lease_token=token).update(
        base_checkpoint_id=checkpoint_id
    ):
        raise LeaseLost


def answers_to(run_id: int, *, task_ids: list[str]) -> list[Any]:
    """Every answer ever decided for a question that these tasks asked."""
    decided = Decision.objects.filter(interrupt__run=run_id, interrupt__task_id__in=task_ids)
    return list(decided.values_list("resume_value", flat=True))


def give_back(run_id: int, *, token: UUID) -> None:
    """Leave the run to whoever comes next, as if this pass had not been."""
    failpoints.reached("claim.returning")
    Run.objects.filter(pk=run_id, lease_token=token).update(
        lease_token=None, lease_until=None, attempts=F("attempts") - 1
    )
