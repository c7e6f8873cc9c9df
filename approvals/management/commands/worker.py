"""manage.py worker: moves the graphs."""

import asyncio
import logging
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from procrastinate.contrib.django import app
from procrastinate.exceptions import ConnectorException
from psycopg import OperationalError
from psycopg_pool import PoolTimeout

from agents import registry
from approvals import lifeline
from approvals.drive import Driver
from approvals.services.agents import publish
from approvals.startup import refuse_to_work_unsafely
from approvals.tasks import use_driver

# A worker that is silent for half a minute counts as dead, and its jobs are done by another.
HEARTBEAT, SILENCE = 10.0, 30.0
GRACE = 10.0
PAUSE = 2.0

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
        publish(agents)
        self.stdout.write(f"Working for {', '.join(agent.key for agent in agents)}")
        self.stdout.flush()
        asyncio.run(work_until_told_to_stop(concurrency=concurrency))


async def work_until_told_to_stop(*, concurrency: int) -> None:
    """Outlive the database: while it is gone there is nothing to do but to try again."""
    while True:
        try:
            await work(concurrency=concurrency)
        except (ConnectorException, OperationalError, PoolTimeout) as gone:
            log.warning("the database is gone, trying again in %.0f s: %s", PAUSE, gone)
            await asyncio.sleep(PAUSE)
        else:
            return


async def work(*, concurrency: int) -> None:
    """Until SIGTERM or SIGINT: then no new job is taken, and those under way get a moment."""
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
            )
        finally:
            await driver.close()
