"""What a worker's connections look like after PostgreSQL was away: open, and broken."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AsyncExitStack, suppress

from asgiref.sync import async_to_sync

from agents.runner import PassLost
from approvals.driving.drive import Driver
from approvals.models import Run
from tests.approvals.conftest import answer

IDLE = 8
"""More than the passes of one run that may die."""


async def break_idle_connections(driver: Driver) -> None:
    async with AsyncExitStack() as taken:
        pids = [
            (await taken.enter_async_context(driver._pool.connection())).info.backend_pid
            for _ in range(IDLE)
        ]
    async with driver._pool.connection() as survivor:
        await survivor.execute(
            "SELECT pg_terminate_backend(pid) FROM unnest(%s) AS pid WHERE pid <> pg_backend_pid()",
            (pids,),
        )
        await survivor.execute("SET idle_session_timeout = 1")


async def drive_like_a_queue(run_id: int) -> int:
    """Drive until it does not fail; how often it did."""
    driver = await Driver.open(concurrency=IDLE)
    failures = 0
    try:
        await break_idle_connections(driver)
        for _ in range(2 * IDLE):
            with suppress(PassLost):
                await driver.drive(run_id)
                break
            failures += 1
    finally:
        await driver.close()
    return failures


def test_connections_that_broke_while_idle_fail_no_run(started: Callable[..., Run]) -> None:
    run = started("asks_once")
    answer(run.interrupts.get())

    async_to_sync(drive_like_a_queue)(run.pk)

    assert Run.objects.get(pk=run.pk).status == Run.Status.SUCCESS


def test_one_broken_connection_is_the_end_of_all_the_others(started: Callable[..., Run]) -> None:
    run = started("asks_once")
    answer(run.interrupts.get())

    assert async_to_sync(drive_like_a_queue)(run.pk) == 1
