"""manage.py worker: moves the graphs."""

import asyncio
import contextlib
import logging
import os
import signal
import threading
from collections.abc import Callable, Iterator
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from procrastinate.contrib.django import app
from procrastinate.exceptions import ConnectorException
from psycopg import InterfaceError, OperationalError

from agents import registry
from approvals import lifeline
from approvals.driving.drive import Driver
from approvals.policy.site import missing_groups
from approvals.services.agents import publish
from approvals.services.policies import note_policies
from approvals.startup import refuse_to_work_unsafely
from approvals.tasks import use_driver

# A worker that is silent for half a minute counts as dead, and its jobs are done by another.
HEARTBEAT, SILENCE = 10.0, 30.0
GRACE = 10.0
PAUSE = 2.0
LAST_MOMENT = GRACE + 5
"""Seconds after a signal at which the worker is gone in any case, as by kill -9: something may
hang that cannot be cancelled, such as a connection to a server that accepts and says nothing."""

log = logging.getLogger(__name__)


class Command(BaseCommand):
    help = "Work on runs. Run as many as you like over one database."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--concurrency", type=int, default=10, help="runs driven at once (default: 10)"
        )

    def handle(self, *args: Any, concurrency: int, **options: Any) -> None:
        lifeline.hold_on()
        refuse_to_work_unsafely()
        try:
            agents = registry.load_all()
        except registry.BadAgentPath as error:
            raise CommandError(str(error)) from error
        named = [
            (f"The agent {agent.key!r}", policy)
            for agent in agents
            for policy in getattr(agent, "policies", ())
        ]
        if unknown := list(missing_groups(named)):
            raise CommandError("\n".join(unknown))
        publish(agents)
        note_policies(agents)
        self.stdout.write(f"Working for {', '.join(agent.key for agent in agents)}")
        self.stdout.flush()
        run(concurrency=concurrency)


def run(*, concurrency: int) -> None:
    """Work until told to stop, and be gone soon after that."""
    with _last_moment() as told_to_stop:
        asyncio.run(_work_until_told_to_stop(told_to_stop, concurrency=concurrency))


@contextlib.contextmanager
def _last_moment() -> Iterator[Callable[[], None]]:
    end = threading.Timer(LAST_MOMENT, _end_now)
    end.daemon = True
    try:
        yield end.start
    finally:
        end.cancel()


def _end_now() -> None:
    log.error("told to stop %.0f s ago and still here: ending at once", LAST_MOMENT)
    os._exit(1)


async def _work_until_told_to_stop(told_to_stop: Callable[[], None], *, concurrency: int) -> None:
    """Outlive the database: while it is gone there is nothing to do but to try again.

    procrastinate ends a worker whose connection broke, with or without an error; only a signal
    ends this one.
    """
    told = asyncio.Event()

    def stop() -> None:
        if not told.is_set():
            told.set()
            told_to_stop()

    for signum in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(signum, stop)
    while not told.is_set():
        working = asyncio.create_task(work(concurrency=concurrency))
        waiting = asyncio.create_task(told.wait())
        await asyncio.wait({working, waiting}, return_when=asyncio.FIRST_COMPLETED)
        if told.is_set():
            working.cancel()
        elif not working.cancelled():
            log.warning("work ended, trying again in %.0f s: %r", PAUSE, working.exception())
            _raise_unless_storage(working.exception())
        waiting.cancel()
        await asyncio.wait({working, waiting})
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(told.wait(), timeout=PAUSE)


def _raise_unless_storage(error: BaseException | None) -> None:
    if error and not isinstance(error, (ConnectorException, OperationalError, InterfaceError)):
        raise error


async def work(*, concurrency: int) -> None:
    """Until it is cancelled: then no new job is taken, and those under way get a moment."""
    connected = app.with_connector(app.connector.get_worker_connector())
    async with connected.open_async():
        driver = await Driver.open(concurrency=concurrency)
        use_driver(driver)
        try:
            await connected.run_worker_async(
                concurrency=concurrency,
                # A retried job sends no notification: it is found by polling.
                fetch_job_polling_interval=1.0,
                update_heartbeat_interval=HEARTBEAT,
                stalled_worker_timeout=SILENCE,
                shutdown_graceful_timeout=GRACE,
                delete_jobs="successful",
                install_signal_handlers=False,
            )
        finally:
            await driver.close()
