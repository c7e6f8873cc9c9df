"""A run that kills its worker again and again is given to a person; those beside it go on."""

from __future__ import annotations

import asyncio
import os
import signal
from typing import Any

import pytest
from django.db import connection
from langgraph.graph import StateGraph

from approvals.driving.drive import Driver
from approvals.driving.reconcile import reconcile
from approvals.models import Run
from approvals.services.runs import start_run
from tests.approvals.driving.test_killed_worker import (
    forget_connections,
    wait_until_its_locks_are_free,
)
from tests.factories import make_user
from tests.graphs import State, _chain

pytestmark = pytest.mark.django_db(transaction=True)

AGENTS = {
    name: f"tests.approvals.driving.test_poison.{name}"
    for name in ("kills_its_worker", "takes_a_while")
}
MOMENT = 0.5
LIVES = 20


def kills_its_worker() -> StateGraph[Any]:
    """As one would whose step is out of memory: whatever else the worker does ends, too."""

    async def step(state: State) -> None:
        await asyncio.sleep(MOMENT / 2)
        os.kill(os.getpid(), signal.SIGKILL)

    return _chain(step=step)


def takes_a_while() -> StateGraph[Any]:
    """Ended with its worker, whenever it runs beside one of those."""

    async def step(state: State) -> State:
        await asyncio.sleep(MOMENT)
        return {"answers": ["done"]}

    return _chain(step=step)


def test_a_run_that_kills_its_worker_is_given_up_and_those_beside_it_are_not(graphs: None) -> None:
    alice = make_user("alice", "requesters")
    poison, *others = [
        start_run(agent_key=key, input={"topic": "tea"}, requested_by=alice, via="api")
        for key in ("kills_its_worker", *["takes_a_while"] * 5)
    ]

    lives = 0
    while lives < LIVES and (found := left_over()):
        lives += 1
        live(found)

    poison.refresh_from_db()
    assert (poison.status, poison.error["type"]) == ("error", "NeedsAttention")
    assert {Run.objects.get(pk=run.pk).status for run in others} == {"success"}


def left_over() -> list[int]:
    """The jobs of a dead worker are nobody's: reconcile finds their runs."""
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET status = 'doing'")
    return reconcile(grace_seconds=0)


def live(run_ids: list[int]) -> None:
    """One worker's life: it drives them all at once, until all is done or it is killed."""
    pid = os.fork()
    if pid == 0:
        try:
            forget_connections()
            asyncio.run(_work(run_ids))
        finally:
            os._exit(0)
    os.waitpid(pid, 0)
    wait_until_its_locks_are_free()


async def _work(run_ids: list[int]) -> None:
    driver = await Driver.open(concurrency=len(run_ids))
    await asyncio.gather(*map(driver.drive, run_ids))
