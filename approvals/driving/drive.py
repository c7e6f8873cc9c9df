"""drive(run): the only code that moves a graph. Level-triggered: look at the checkpoint and at our
rows, do what is missing, record what came of it. Doing it twice changes nothing."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from typing import Any, Self

import psycopg
from django.db import InterfaceError, OperationalError

from agents import failpoints, registry
from agents.adapters import RegisteredAgent
from agents.config import nodes_of
from agents.outcome import ErrorInfo, Failed
from agents.raised import Code, Raised
from agents.remote.agent import RemoteAgent
from agents.remote.client import TryLater
from agents.remote.thread import RemoteThread
from agents.runner import PassLost, RunConfig, Thread
from agents.saver import FencedSaver, Pool, create_tables, open_pool
from approvals import outcomes
from approvals.database import DatabaseThreads, conninfo
from approvals.driving.advance import Advance
from approvals.driving.leases import (
    Claim,
    RunLocks,
    Suspect,
    answers_to,
    base_checkpoint,
    claim,
    give_back,
)
from approvals.driving.report import Report
from approvals.models import Agent, Run
from approvals.remote.postponing import postpone
from approvals.requests.finishing import finish
from approvals.services.queue import wake
from approvals.travel.reading import read_run
from approvals.unknown import note_unknown

log = logging.getLogger(__name__)

MAX_ATTEMPTS = 5
"""Passes of one run that may die without recording anything before a person has to look."""

DATABASE_THREADS = 4

_STORAGE_GONE = (
    psycopg.OperationalError,
    psycopg.InterfaceError,
    OperationalError,
    InterfaceError,
)

_LANE_WAIT = 1.0
_LANE_PAUSE = 2
"""Seconds after which a suspect that found the lane taken is driven again."""

_LOCK_RETRIES = 50
_LOCK_PAUSE = 0.02


class Driver:
    """Moves runs on the event loop it was opened on. Owns its pool and its advisory locks."""

    def __init__(self, *, pool: Pool, locks: RunLocks) -> None:
        self._pool = pool
        self._locks = locks
        self._database = DatabaseThreads(DATABASE_THREADS)
        self._lane = asyncio.Lock()

    @classmethod
    async def open(cls, *, concurrency: int = 10) -> Self:
        """Connect and create LangGraph's tables. Close it with `close`."""
        pool = open_pool(conninfo(), max_size=concurrency + 1)
        await pool.open()
        try:
            await create_tables(pool)
        except BaseException:
            await pool.close()
            raise
        return cls(pool=pool, locks=RunLocks(conninfo()))

    async def close(self) -> None:
        await asyncio.to_thread(self._database.close)
        await self._locks.close()
        await self._pool.close()

    async def drive(self, run_id: int) -> None:
        """Do what the run is missing, if anything, unless another worker is doing it.

        Raises PassLost and LeaseLost: nothing was recorded then, and reconcile drives the run
        again.
        """
        if not await self._lock(run_id):
            return
        try:
            failpoints.reached("drive.locked")
            try:
                work = await self._database.run(claim, run_id)
            except Suspect:
                await self._drive_suspect(run_id)
                return
            await self._drive_claimed(work)
        finally:
            await asyncio.shield(self._locks.release(run_id))

    async def read_history(self, run_id: int) -> None:
        """Copy the run's checkpoints into rows. Nothing is moved, so nobody has to be kept out."""
        await read_run(self._pool, run_id)

    async def _drive_claimed(self, work: Claim | None) -> None:
        if work is not None:
            failpoints.reached("drive.claimed")
            await self._move_or_give_back(work)

    async def _drive_suspect(self, run_id: int) -> None:
        """One at a time in this process, so that the one that kills it takes no other along.

        Else all that were ever killed beside it would be killed beside it until they are given up.
        """
        try:
            async with asyncio.timeout(_LANE_WAIT):
                await self._lane.acquire()
        except TimeoutError:
            await self._database.run(wake, run_id, after_seconds=_LANE_PAUSE)
            return
        try:
            await self._drive_claimed(await self._database.run(claim, run_id, is_watched=True))
        finally:
            self._lane.release()

    async def _move_or_give_back(self, work: Claim) -> None:
        """A pass that storage ended, or a worker that was told to stop, costs no attempt."""
        try:
            await self._move(work)
        except asyncio.CancelledError:
            with suppress(*_STORAGE_GONE):
                await asyncio.shield(self._give_back(work))
            raise
        except TryLater as error:
            log.info("run %s is driven again later: %s", work.run_id, error)
            await self._database.run(postpone, work.run_id, token=work.token)
        except (PassLost, *_STORAGE_GONE) as error:
            cause = error.__cause__ if isinstance(error, PassLost) else error
            if isinstance(cause, _STORAGE_GONE):
                # Other connections that idled through the same outage are broken too.
                await self._pool.check()
                with suppress(*_STORAGE_GONE):
                    await self._give_back(work)
            raise PassLost(str(error)) from cause

    async def _give_back(self, work: Claim) -> None:
        await self._database.run(give_back, work.run_id, token=work.token)

    async def _lock(self, run_id: int) -> bool:
        """A pass that has recorded its outcome still holds the lock for a moment; wait that long.

        One that has not will see, when it records, whatever made somebody defer this job.
        """
        for _ in range(_LOCK_RETRIES):
            if await self._locks.acquire(run_id):
                return True
            if await self._database.run(_is_leased, run_id):
                return False
            await asyncio.sleep(_LOCK_PAUSE)
        return False

    async def _move(self, work: Claim) -> None:
        if work.agent_kind == Agent.Kind.REQUEST:
            await self._database.run(finish, work.run_id, token=work.token)
            return
        if work.attempts > MAX_ATTEMPTS:
            await self._database.run(
                outcomes.give_up, work.run_id, token=work.token, attempts=work.attempts - 1
            )
            return
        report = await self._advance(work)
        failpoints.reached("drive.passed")
        await self._database.run(outcomes.record, work.run_id, token=work.token, outcome=report)
        failpoints.reached("drive.recorded")

    async def _advance(self, work: Claim) -> Report:
        try:
            agent = registry.load(work.agent_key)
        except (registry.BadAgentPath, registry.UnknownAgent) as error:
            return Report(outcome=Failed(state={}, error=_unloadable(work, error)))

        raised = work.raised(Code(version=agent.version, steps=agent.steps))
        saver = FencedSaver(
            self._pool, types=agent.serializable_types(), fence=work.fence, raised=raised
        )
        thread = _thread(agent, work, saver, raised)
        report = await Advance(thread, agent, work, rows=_Rows(self._database, work)).run()
        if saver.unknown:
            await self._database.run(note_unknown, agent.key, saver.unknown)
        return report


class _Rows:
    def __init__(self, database: DatabaseThreads, work: Claim) -> None:
        self._database = database
        self._work = work

    async def remember_base(self, checkpoint_id: str) -> None:
        work = self._work
        await self._database.run(
            base_checkpoint, work.run_id, token=work.token, checkpoint_id=checkpoint_id
        )

    async def answers_to(self, task_ids: list[str]) -> list[Any]:
        return await self._database.run(answers_to, self._work.run_id, task_ids=task_ids)


def _thread(
    agent: RegisteredAgent, work: Claim, saver: FencedSaver, raised: Raised
) -> Thread | RemoteThread:
    config = RunConfig(
        thread_id=work.thread_id,
        configurable=work.config.get("configurable", {}),
        context=work.config.get("context"),
        tags=tuple(work.config.get("tags", ())),
        metadata=work.config.get("metadata", {}),
        recursion_limit=work.config.get("recursion_limit"),
        interrupt_before=nodes_of(work.config.get("interrupt_before")),
        interrupt_after=nodes_of(work.config.get("interrupt_after")),
        mark=work.run_id,
    )
    if isinstance(agent, RemoteAgent):
        return RemoteThread(agent, config, stops=work.intent == Run.Intent.CANCEL)
    return Thread(agent, config, saver, raised)


def _is_leased(run_id: int) -> bool:
    return Run.objects.filter(pk=run_id, lease_token__isnull=False).exists()


def _unloadable(work: Claim, error: Exception) -> ErrorInfo:
    log.error("run %s cannot be driven: %s", work.run_id, error)
    return ErrorInfo(type=type(error).__name__, message=str(error))
