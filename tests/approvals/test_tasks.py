"""The jobs that keep the house: what they remove, and what they leave."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from croniter import croniter
from django.db import connection
from procrastinate.contrib.django import app

from approvals import tasks
from approvals.models import IdempotencyKey, Run
from tests.approvals.conftest import jobs
from tests.factories import make_decision, make_run, make_user

pytestmark = pytest.mark.django_db(transaction=True)


def make_key(key: str, created_at: str) -> IdempotencyKey:
    row = IdempotencyKey.objects.create(user=make_user("alice"), key=key, fingerprint="x")
    IdempotencyKey.objects.filter(pk=row.pk).update(created_at=created_at)
    return row


def test_answers_to_old_requests_are_forgotten() -> None:
    make_key("old", "2001-01-01T00:00Z")
    make_key("new", "2999-01-01T00:00Z")

    async_to_sync(tasks.tidy.func)(0)

    assert list(IdempotencyKey.objects.values_list("key", flat=True)) == ["new"]


def test_two_workers_forget_the_jobs_of_a_dead_one_at_once() -> None:
    run = make_decision().interrupt.run
    job(run.pk, status="doing")
    type(run).objects.update(updated_at="2001-01-01T00:00Z")

    async def both() -> None:
        await asyncio.gather(tasks.forget_jobs_of_the_dead(), tasks.forget_jobs_of_the_dead())

    async_to_sync(both)()

    assert statuses() == []


def test_jobs_of_a_dead_worker_are_forgotten_once_their_runs_have_new_ones() -> None:
    run = make_decision().interrupt.run
    job(run.pk, status="doing")
    type(run).objects.update(updated_at="2001-01-01T00:00Z")

    async_to_sync(tasks.reconcile_runs.func)(0)

    assert jobs() == [("approvals.drive", run.pk)]
    assert statuses() == ["todo"]


def test_a_worker_that_died_while_reconciling_does_not_stop_the_next_one() -> None:
    tasks.reconcile_runs.defer(timestamp=0)
    died = fetch()

    tasks.reconcile_runs.defer(timestamp=10)

    assert died is not None
    assert fetch() is not None


def fetch() -> Any:
    """The next job a worker would get."""
    manager = app.job_manager
    worker = async_to_sync(manager.register_worker)()
    return async_to_sync(manager.fetch_job)(queues=None, worker_id=worker)


def job(run_id: int, *, status: str) -> None:
    """A drive of that run, fetched by a worker that is no longer there."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO procrastinate_jobs (queue_name, task_name, args, status)"
            " VALUES ('runs', 'approvals.drive', jsonb_build_object('run_id', %s), %s)",
            [run_id, status],
        )


def statuses() -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT status::text FROM procrastinate_jobs ORDER BY id")
        return [row[0] for row in cursor.fetchall()]


def test_no_more_than_three_seconds_pass_without_reconciling() -> None:
    periodic = app.periodic_registry.periodic_tasks["approvals.reconcile", ""]
    ticks = croniter(periodic.cron, start_time=0)

    hour = [ticks.get_next() for _ in range(1_200)]

    assert hour == [3.0 * tick for tick in range(1, 1_201)]
    assert any(tick % tasks.THOROUGH_SECONDS == 0 for tick in hour)


def test_now_and_then_all_waiting_runs_are_gone_through() -> None:
    make_run()
    Run.objects.update(updated_at="2001-01-01T00:00Z")

    async_to_sync(tasks.reconcile_runs.func)(tasks.THOROUGH_SECONDS + 3)
    quick = jobs()
    async_to_sync(tasks.reconcile_runs.func)(tasks.THOROUGH_SECONDS * 7)

    assert (len(quick), len(jobs())) == (0, 1)
