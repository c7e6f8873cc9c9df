"""The jobs, thin: load, run, record. Only a worker imports this module."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from typing import Any
from weakref import WeakKeyDictionary

from django.db import OperationalError, connection
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import Status

from agents.runner import PassLost
from approvals.audit import seals, sinks
from approvals.callbacks.delivering import deliver, deliver_due
from approvals.database import in_database
from approvals.deadlines import sweep
from approvals.driving.drive import Driver
from approvals.driving.explaining import flag_broken_promises
from approvals.driving.looking import look_around
from approvals.driving.reconcile import reconcile
from approvals.models import IdempotencyKey, ReviewDraft
from approvals.remote.syncing import sync_all
from approvals.services.queue import CALL_BACK, CALLBACKS, DRIVE, HISTORY, QUEUE
from approvals.services.requests import expire_past
from approvals.telling import tell_supervisors

log = logging.getLogger(__name__)

_drivers: WeakKeyDictionary[asyncio.AbstractEventLoop, Driver] = WeakKeyDictionary()
"""One a loop: a pool belongs to the loop that opened it. The worker puts its own here."""


def use_driver(driver: Driver) -> None:
    """Drive the jobs of the running loop with this driver."""
    _drivers[asyncio.get_running_loop()] = driver


RETRY = RetryStrategy(
    max_attempts=4, exponential_wait=2, retry_exceptions={PassLost, OperationalError}
)
"""A pass that storage ended is soon tried again; what is left after that, reconcile finds."""

THOROUGH_SECONDS = 15

DEAD_AFTER_SECONDS = 60
KEEP_JOBS_HOURS = 7 * 24

MOST_SLICES = 10
_looked_until = 0
"""Up to which question this process has looked in its present round."""

MOST_CALLS = 3
_calling: set[int] = set()


@app.task(name=DRIVE, queue=QUEUE, retry=RETRY)
async def drive_run(run_id: int) -> None:
    await _drivers[asyncio.get_running_loop()].drive(run_id)


@app.task(name=HISTORY, queue=QUEUE, retry=RETRY)
async def read_history(run_id: int) -> None:
    """What the run's checkpoints hold, for people to look at."""
    await _drivers[asyncio.get_running_loop()].read_history(run_id)


@app.periodic(cron="* * * * * */3")
@app.task(name="approvals.reconcile", queue=QUEUE, queueing_lock="reconcile")
async def reconcile_runs(timestamp: int) -> None:
    """Takes no lock: a worker that died in the middle of it would hold that for ever."""
    if found := await in_database(reconcile, thorough=timestamp % THOROUGH_SECONDS == 0):
        log.warning("reconcile: %d unexplained runs are driven: %s", len(found), found[:20])
    await forget_jobs_of_the_dead()


@app.periodic(cron="* * * * *")
@app.task(name="approvals.check_promises", queue=QUEUE, queueing_lock="check_promises")
async def check_promises(timestamp: int) -> None:
    """Every unfinished run is explained. Were one not, reconcile would be at fault: say so loudly,
    and among the runs that need attention."""
    if broken := await in_database(flag_broken_promises):
        log.error("%d runs stand still and nothing explains it: %s", len(broken), broken[:20])


@app.periodic(cron="* * * * * */10")
@app.task(name="approvals.look", queue=QUEUE, queueing_lock="look")
async def look_at_threads(timestamp: int) -> None:
    """What other programs did to threads whose questions wait here."""
    global _looked_until
    looked = await in_database(look_around, after=_looked_until, most=MOST_SLICES)
    _looked_until = looked.after
    if looked.runs:
        log.info("look: %d threads look changed: %s", len(looked.runs), looked.runs[:20])


@app.periodic(cron="* * * * * */10")
@app.task(name="approvals.remote", queue=QUEUE, queueing_lock="remote")
async def sync_remote(timestamp: int) -> None:
    """What waits on Agent Servers, and what was answered there."""
    await sync_all()


async def forget_jobs_of_the_dead() -> None:
    """A killed worker's jobs stay `doing` for ever; their runs have been given new ones."""
    manager = app.job_manager
    for job in await manager.get_stalled_jobs(seconds_since_heartbeat=DEAD_AFTER_SECONDS):
        # Another worker may have forgotten it a moment ago; what is left is found in seconds.
        with suppress(ConnectorException):
            await manager.finish_job(job, status=Status.FAILED, delete_job=True)


@app.periodic(cron="* * * * * */5")
@app.task(name="approvals.expire", queue=QUEUE, queueing_lock="expire")
async def expire_requests(timestamp: int) -> None:
    """Nobody can answer past the moment itself; this writes it down and tells the asker."""
    await in_database(expire_past)


@app.periodic(cron="* * * * * */5")
@app.task(name="approvals.sweep", queue=QUEUE, queueing_lock="sweep")
async def sweep_deadlines(timestamp: int) -> None:
    """In a thread of its own: ten thousand deadlines take seconds."""
    await asyncio.to_thread(_closing, sweep)


@app.periodic(cron="* * * * * */5")
@app.task(name="approvals.tell_supervisors", queue=CALLBACKS, queueing_lock="tell_supervisors")
async def tell_of_escalations(timestamp: int) -> None:
    """In a thread of its own: a mail server may be slow."""
    await asyncio.to_thread(_closing, tell_supervisors)


@app.task(name=CALL_BACK, queue=CALLBACKS)
async def call_back(delivery_id: int) -> None:
    """At once when few are under way: a slow receiver must not keep runs from being driven."""
    if len(_calling) < MOST_CALLS:
        _calling.add(delivery_id)
        try:
            await deliver(delivery_id)
        finally:
            _calling.discard(delivery_id)


@app.periodic(cron="* * * * * */5")
@app.task(name="approvals.call_back_due", queue=CALLBACKS, queueing_lock="call_back_due")
async def call_back_due(timestamp: int) -> None:
    """Callbacks to be tried again, and those whose job was lost or had no place."""
    await deliver_due()


@app.periodic(cron="* * * * *")
@app.task(name="approvals.seal_audit", queue=QUEUE, queueing_lock="seal_audit")
async def seal_audit(timestamp: int) -> None:
    """In a thread of its own: a sink may be slow, and a first seal has much to cover."""
    await asyncio.to_thread(_closing, _seal)


def _seal() -> None:
    seals.seal()
    sinks.deliver()


def _closing(work: Callable[[], Any]) -> None:
    try:
        work()
    finally:
        connection.close()


@app.periodic(cron="17 * * * *")
@app.task(name="approvals.tidy", queue=QUEUE, queueing_lock="tidy")
async def tidy(timestamp: int) -> None:
    """Forget answers to requests that nobody repeats any more, drafts that nobody came back to,
    and jobs that failed long ago."""
    await in_database(IdempotencyKey.objects.outdated().delete)
    await in_database(ReviewDraft.objects.outdated().delete)
    await app.job_manager.delete_old_jobs(nb_hours=KEEP_JOBS_HOURS, include_failed=True)
