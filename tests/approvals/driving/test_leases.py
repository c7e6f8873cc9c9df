"""Who may move a run, and what becomes of a worker that may not any more."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from asgiref.sync import async_to_sync
from django.db import connection

from agents.outcome import Finished
from agents.runner import PassLost, RunConfig, Thread
from agents.saver import FencedSaver, open_pool
from approvals import outcomes
from approvals.database import conninfo
from approvals.driving.leases import LeaseLost, RunLocks, claim
from approvals.driving.reconcile import reconcile, unexplained_runs
from approvals.models import Run
from tests.approvals.conftest import answer, jobs
from tests.factories import make_decision, make_interrupt, make_run
from tests.graphs import effects

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_run_is_moved_by_one_process_at_a_time() -> None:
    async def two() -> list[bool]:
        one, other = RunLocks(conninfo()), RunLocks(conninfo())
        try:
            first = [await one.acquire(7), await other.acquire(7), await one.acquire(7)]
            await one.release(7)
            return [*first, await other.acquire(7)]
        finally:
            await one.close()
            await other.close()

    assert asyncio.run(two()) == [True, False, False, True]


def test_a_broken_lock_connection_is_replaced() -> None:
    async def broken() -> bool:
        locks = RunLocks(conninfo())
        await locks.acquire(7)
        with psycopg.connect(conninfo(), autocommit=True) as killer:
            killer.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'"
                " AND objid = 7"
            )
        await locks.release(7)
        taken = await locks.acquire(7)
        await locks.close()
        return taken

    assert asyncio.run(broken())


def test_a_worker_that_lost_its_lease_cannot_record() -> None:
    run = make_run(status="pending")
    stale = claim(run.pk)
    claim(run.pk)

    with pytest.raises(LeaseLost):
        outcomes.record(run.pk, token=stale.token, outcome=Finished(state={}))

    run.refresh_from_db()
    assert run.status == "running"


def test_a_worker_that_lost_its_lease_cannot_write_a_checkpoint(
    started: Callable[..., Run],
) -> None:
    from agents import registry

    run = started("asks_once")
    question = run.interrupts.get()
    answer(question, "yes")
    stale = claim(run.pk)
    claim(run.pk)

    async def resume() -> Any:
        pool = open_pool(conninfo(), max_size=2)
        await pool.open()
        try:
            saver = FencedSaver(pool, fence=stale.fence)
            config = RunConfig(thread_id=run.thread_id)
            thread = Thread(registry.load("asks_once"), config, saver)
            return await thread.resume({question.interrupt_id: "yes"})
        finally:
            await pool.close()

    before = checkpoints(run)
    with pytest.raises(PassLost):
        async_to_sync(resume)()

    assert checkpoints(run) == before
    assert effects(run.thread_id) == []


def test_a_waiting_run_is_explained() -> None:
    make_interrupt()

    assert unexplained_runs(grace_seconds=0) == []


def test_a_run_whose_undo_window_is_open_is_explained() -> None:
    decision = make_decision()
    type(decision).objects.update(effective_at="2999-01-01T00:00Z")

    assert unexplained_runs(grace_seconds=0) == []


thoroughness = pytest.mark.parametrize("thorough", [True, False])


@thoroughness
def test_a_decided_run_without_a_job_is_driven(thorough: bool) -> None:
    run = make_decision().interrupt.run

    assert reconcile(grace_seconds=0, thorough=thorough) == [run.pk]
    assert jobs() == [("approvals.drive", run.pk)]


def test_reconciling_twice_defers_one_job() -> None:
    make_decision()

    reconcile(grace_seconds=0)
    reconcile(grace_seconds=0)

    assert len(jobs()) == 1


@thoroughness
@pytest.mark.parametrize("status", ["pending", "running"])
def test_a_run_that_should_move_and_does_not_is_driven(status: str, thorough: bool) -> None:
    run = make_run(status=status, lease_token=uuid4())

    assert unexplained_runs(grace_seconds=0, thorough=thorough) == [run.pk]


@thoroughness
@pytest.mark.parametrize("intent", ["look", "cancel"])
def test_a_waiting_run_of_which_something_is_wanted_is_driven(intent: str, thorough: bool) -> None:
    run = make_interrupt().run
    Run.objects.filter(pk=run.pk).update(intent=intent)

    assert unexplained_runs(grace_seconds=0, thorough=thorough) == [run.pk]


@thoroughness
@pytest.mark.parametrize("status", ["pending", "deciding"])
def test_a_decided_question_waits_for_those_beside_it(status: str, thorough: bool) -> None:
    run = make_decision().interrupt.run
    make_interrupt(run=run, status=status)

    assert unexplained_runs(grace_seconds=0, thorough=thorough) == []


@thoroughness
def test_a_held_answer_explains_why_its_run_waits(thorough: bool) -> None:
    decided = make_decision().interrupt
    type(decided).objects.update(held_reason="Other code.")

    assert unexplained_runs(grace_seconds=0, thorough=thorough) == []


def test_a_run_that_waits_and_asks_nothing_is_driven() -> None:
    run = make_run()
    make_interrupt(run=run, status="superseded")

    assert unexplained_runs(grace_seconds=0) == [run.pk]


def test_the_run_that_was_touched_least_lately_comes_first() -> None:
    runs = [make_run(status="pending") for _ in range(3)]
    Run.objects.filter(pk=runs[2].pk).update(updated_at="2001-01-01T00:00Z")

    assert unexplained_runs(grace_seconds=0, limit=2) == [runs[2].pk, runs[0].pk]


@pytest.mark.parametrize("status", ["success", "error", "cancelled"])
def test_a_finished_run_is_left_alone(status: str) -> None:
    make_run(status=status)

    assert unexplained_runs(grace_seconds=0) == []


def test_a_run_in_a_workers_hands_is_left_alone() -> None:
    run = make_run(status="running")

    async def held() -> list[int]:
        locks = RunLocks(conninfo())
        await locks.acquire(run.pk)
        try:
            return await asyncio.to_thread(in_thread)
        finally:
            await locks.close()

    def in_thread() -> list[int]:
        try:
            return unexplained_runs(grace_seconds=0)
        finally:
            connection.close()

    assert asyncio.run(held()) == []


def test_a_run_touched_just_now_is_left_alone() -> None:
    make_run(status="pending")

    assert unexplained_runs(grace_seconds=60) == []


def checkpoints(run: Run) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM checkpoints WHERE thread_id = %s", [run.thread_id])
        return cursor.fetchone()[0]
