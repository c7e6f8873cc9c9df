"""A worker that dies at any write, before or after it, and another one that takes over."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, connections

from agents.saver import FencedSaver
from approvals import outcomes
from approvals.driving import drive as drive_module
from approvals.driving.drive import Driver
from approvals.driving.leases import NAMESPACE
from approvals.driving.reconcile import reconcile
from approvals.models import Decision, Run
from approvals.services.runs import start_run
from tests.approvals.conftest import answer
from tests.factories import make_user
from tests.graphs import effects

pytestmark = pytest.mark.django_db(transaction=True)

Drive = Callable[[Run | int], Run]

STEPS = [
    *[("write", number, when) for number in range(5) for when in ("before", "after")],
    *[(name, 0, when) for name in ("claim", "record") for when in ("before", "after")],
]


@pytest.mark.parametrize("step", STEPS, ids=lambda step: "-".join(map(str, step)))
def test_a_first_pass_that_is_killed_is_done_again(drive: Drive, step: tuple[Any, ...]) -> None:
    alice = make_user("alice", "requesters")
    run = start_run(agent_key="asks_once", input={"topic": "tea"}, requested_by=alice, via="api")

    drive_and_die(run, step)
    drive_what_reconcile_finds(drive)
    question = run.interrupts.get()
    answer(question, "yes")
    run = drive(run)

    assert (run.status, run.result["answers"]) == ("success", ["yes"])
    assert effects(run.thread_id) == [["yes"]]


@pytest.mark.parametrize("step", STEPS, ids=lambda step: "-".join(map(str, step)))
def test_a_resume_that_is_killed_gives_the_same_answer_again(
    started: Callable[..., Run], drive: Drive, step: tuple[Any, ...]
) -> None:
    run = started("asks_once")
    question = run.interrupts.get()
    answer(question, "yes")

    drive_and_die(run, step)
    drive_what_reconcile_finds(drive)
    run.refresh_from_db()
    question.refresh_from_db()

    assert (run.status, run.result["answers"]) == ("success", ["yes"])
    assert (question.status, Decision.objects.count()) == ("applied", 1)
    assert set(map(str, effects(run.thread_id))) == {"['yes']"}


def drive_what_reconcile_finds(drive: Drive) -> None:
    for run_id in reconcile(grace_seconds=0):
        drive(run_id)


def drive_and_die(run: Run, step: tuple[Any, ...]) -> None:
    """Fetch the run's job in a child process that kills itself at that step, if it gets there."""
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET status = 'doing'")
    pid = os.fork()
    if pid == 0:
        try:
            forget_connections()
            die_at(*step)
            asyncio.run(work(run.pk))
        finally:
            os._exit(1)
    _, status = os.waitpid(pid, 0)
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 1
    wait_until_its_locks_are_free()


def wait_until_its_locks_are_free() -> None:
    """PostgreSQL notices a dead client within milliseconds, not at once."""
    for _ in range(500):
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND classid = %s",
                [NAMESPACE],
            )
            if cursor.fetchone() == (0,):
                return
        time.sleep(0.01)
    raise AssertionError("the dead worker's locks are still held")


async def work(run_id: int) -> None:
    driver = await Driver.open(concurrency=1)
    await driver.drive(run_id)


def forget_connections() -> None:
    """The parent's connections are not ours to use or to close."""
    for inherited in connections.all(initialized_only=True):
        inherited.connection = None
        inherited.in_atomic_block = False


def die_at(what: str, number: int, when: str) -> None:
    if what == "write":
        for name in ("aput", "aput_writes"):
            setattr(FencedSaver, name, dying(getattr(FencedSaver, name), number, when))
    elif what == "claim":
        drive_module.claim = dying_now(drive_module.claim, when)
    else:
        outcomes.record = dying_now(outcomes.record, when)


writes = iter(range(1_000))


def dying(method: Any, number: int, when: str) -> Any:
    async def wrapped(*args: Any, **kwargs: Any) -> Any:
        is_mine = next(writes) == number
        if is_mine and when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        result = await method(*args, **kwargs)
        if is_mine:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    return wrapped


def dying_now(function: Any, when: str) -> Any:
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        if when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        function(*args, **kwargs)
        os.kill(os.getpid(), signal.SIGKILL)

    return wrapped
