"""The real product, in this process: its services, its API, its driver and PostgreSQL."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from datetime import timedelta
from functools import cache
from typing import Any

from django.conf import settings
from django.db import connection
from langgraph.errors import InvalidUpdateError
from rest_framework.test import APIClient

from agents import failpoints, registry
from agents.saver import FencedSaver, open_pool
from approvals.database import conninfo
from approvals.driving.drive import Driver
from approvals.models import Decision, Run, Token
from approvals.services.agents import publish
from approvals.services.queue import DRIVE
from tests.factories import make_user
from tests.protocol.graphs import STAGES
from tests.protocol.model import NEW, OLD

REVIEWERS = ("bob", "carol", "dave")
_FACTORIES = {OLD: "deployed", NEW: "deployed_anew"}


class Died(BaseException):
    """The worker is gone: it was killed at a moment that a test had named."""


class Death:
    """A trap: the worker dies at the `count`-th time it comes to a moment, and stays dead."""

    def __init__(self, moment: str, count: int) -> None:
        self._moment, self._left = moment, count
        self.has_come = False

    def __call__(self, moment: str) -> None:
        self._left -= moment == self._moment
        if self.has_come or (moment == self._moment and self._left == 0):
            self.has_come = True
            raise Died


class Site:
    """People and one worker; the worker is replaced when it has died."""

    def __init__(self) -> None:
        self._runner = asyncio.Runner()
        self._driver: Driver | None = None
        self._load = registry.load
        self._registries: dict[str, Any] = {}
        self.people = {name: make_user(name, "reviewers") for name in REVIEWERS}
        self.people["alice"] = make_user("alice", "requesters", "reviewers")
        self.people["erin"] = make_user("erin", "requesters")
        self.people["sue"] = make_user("sue", "supervisors")
        self.deploy(OLD)

    def close(self) -> None:
        self._bury()
        self._runner.close()
        registry.load = self._load

    def deploy(self, code: str) -> None:
        """A worker starts with that code of `deployed`.

        Each code has a registry of its own, as each would have a process of its own.
        """
        self.code = code
        registry.load = self._registries.setdefault(code, cache(self._load.__wrapped__))
        names = {name: name for name in STAGES} | {"deployed": _FACTORIES[code]}
        settings.LANGVEL_AGENTS = {
            key: f"tests.protocol.graphs.{name}" for key, name in names.items()
        }
        publish(registry.load_all())

    def client(self, name: str) -> APIClient:
        token = Token.objects.issue(
            user=self.people[name], name="protocol", scopes=["*"], lifetime=timedelta(hours=1)
        )[1]
        return APIClient(HTTP_AUTHORIZATION=f"Bearer {token}", HTTP_HOST="127.0.0.1")

    def drive(self, run_id: int) -> None:
        self._runner.run(self._drive(run_id))

    def drive_and_die(self, run_id: int, *, moment: str, count: int) -> bool:
        """Whether the worker died of it. Its connections go with it, its rows stay as they are."""
        death = Death(moment, count)
        failpoints.set_trap(death)
        try:
            with suppress(Died):
                self.drive(run_id)
        finally:
            failpoints.set_trap(None)
        if death.has_come:
            self._bury()
        return death.has_come

    def move_outside(self, run: Run, values: Mapping[str, Any]) -> bool:
        """Whether another program changed the thread's state: LangGraph may find it ambiguous."""
        with suppress(InvalidUpdateError):
            self._runner.run(self._update(run, values))
            return True
        return False

    async def _drive(self, run_id: int) -> None:
        if self._driver is None:
            self._driver = await Driver.open(concurrency=3)
        await self._driver.drive(run_id)

    async def _update(self, run: Run, values: Mapping[str, Any]) -> None:
        async with open_pool(conninfo(), max_size=2) as pool:
            agent = registry.load(run.agent_id)
            graph = agent.compile(FencedSaver(pool, types=agent.serializable_types()))
            await graph.aupdate_state({"configurable": {"thread_id": run.thread_id}}, dict(values))

    def _bury(self) -> None:
        if self._driver is not None:
            driver, self._driver = self._driver, None
            self._runner.run(driver.close())


def take_job(run_id: int) -> bool:
    """Whether a job for this run was due; a worker has it now."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE procrastinate_jobs SET status = 'doing' WHERE status = 'todo'"
            " AND task_name = %s AND (args ->> 'run_id')::bigint = %s"
            " AND (scheduled_at IS NULL OR scheduled_at <= now())",
            [DRIVE, run_id],
        )
        return bool(cursor.rowcount)


def finish_job(run_id: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM procrastinate_jobs WHERE status = 'doing' AND task_name = %s"
            " AND (args ->> 'run_id')::bigint = %s",
            [DRIVE, run_id],
        )


def has_job(run_id: int) -> bool:
    """Whether one is queued, be it for later."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM procrastinate_jobs WHERE status = 'todo'"
            " AND task_name = %s AND (args ->> 'run_id')::bigint = %s)",
            [DRIVE, run_id],
        )
        return bool(cursor.fetchone()[0])


def lose_jobs(run_id: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM procrastinate_jobs WHERE task_name = %s"
            " AND (args ->> 'run_id')::bigint = %s",
            [DRIVE, run_id],
        )


def let_minutes_pass(run_id: int) -> None:
    """Two minutes later: undo windows are over, and so is what others began to do to the thread."""
    before = timedelta(minutes=2)
    for decision in Decision.objects.filter(interrupt__run=run_id):
        Decision.objects.filter(pk=decision.pk).update(effective_at=decision.effective_at - before)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE procrastinate_jobs SET scheduled_at = scheduled_at - interval '2 minutes'"
            " WHERE task_name = %s AND (args ->> 'run_id')::bigint = %s",
            [DRIVE, run_id],
        )
        cursor.execute(
            "UPDATE checkpoints SET checkpoint = checkpoint || jsonb_build_object("
            "'ts', (checkpoint ->> 'ts')::timestamptz - interval '2 minutes')"
            " WHERE thread_id = (SELECT thread_id FROM approvals_run WHERE id = %s)",
            [run_id],
        )
