"""Workers stopped in the middle of a write, cut off, overtaken, and woken again."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from typing import Any

from django.db import connection

from agents.saver import FencedSaver
from approvals import outcomes
from approvals.driving.drive import Driver
from approvals.driving.leases import NAMESPACE
from approvals.models import Decision, Run
from approvals.services.decisions import decide
from approvals.services.runs import start_run
from tests.chaos import crew
from tests.chaos.ground import REVIEWERS, users
from tests.chaos.verdict import Broken, insist, judge

SHORT, LONG = 4, 10
PLACES = ("aput", "aput_writes", "record")


def run(*, size: int, seed: int) -> dict[str, Any]:
    """Each zombie is stopped at another write; none may change anything once it was overtaken."""
    acknowledged: dict[int, str] = {}
    for number in range(size):
        acknowledged |= _one(PLACES[(seed + number) % len(PLACES)], value=f"{seed}-{number}")
    counts = {"zombies": size} | judge(acknowledged)
    insist(counts)
    return counts


def _one(place: str, *, value: str) -> dict[int, str]:
    started = start_run(
        agent_key="chain",
        input={"topic": "chaos", "answers": []},
        requested_by=users()["requester"],
        via="api",
    )
    _drive(started.pk)
    first = _decide(started, value)
    zombie = crew.fork(lambda: _drive_and_stop(started.pk, place))
    _await_stop(zombie)
    _cut_off(started.pk)
    _drive(started.pk)
    later: dict[int, str] = {}
    for word in ("then", "last"):
        later |= _decide(started, f"{value}-{word}")
        _drive(started.pk)
    before = _traces(started)
    os.kill(zombie, signal.SIGCONT)
    os.waitpid(zombie, 0)
    if _traces(started) != before:
        raise Broken(f"the zombie stopped at {place} changed run {started.pk}")
    return first | later


def _decide(run: Run, value: str) -> dict[int, str]:
    question = run.interrupts.pending().get()
    decide(
        question.pk,
        actor=users()[REVIEWERS[0]],
        version=question.version,
        digest=question.digest,
        decisions=[{"type": "respond", "value": value}],
        via="api",
        auth_method="token",
    )
    return {question.pk: value}


def _drive(run_id: int) -> None:
    """In a process of its own: this one must stay fit for forking."""
    os.waitpid(crew.fork(lambda: asyncio.run(_work(run_id))), 0)


async def _work(run_id: int) -> None:
    driver = await Driver.open(concurrency=2)
    try:
        await driver.drive(run_id)
    finally:
        await driver.close()


def _drive_and_stop(run_id: int, place: str) -> None:
    if place == "record":
        record = outcomes.record

        def stopping(*args: Any, **kwargs: Any) -> Any:
            os.kill(os.getpid(), signal.SIGSTOP)
            return record(*args, **kwargs)

        outcomes.record = stopping  # type: ignore[assignment]
    else:
        setattr(FencedSaver, place, _stopping(getattr(FencedSaver, place)))
    asyncio.run(_work(run_id))


def _stopping(method: Any) -> Any:
    async def wrapped(*args: Any, **kwargs: Any) -> Any:
        os.kill(os.getpid(), signal.SIGSTOP)
        return await method(*args, **kwargs)

    return wrapped


def _await_stop(pid: int) -> None:
    _, status = os.waitpid(pid, os.WUNTRACED)
    if not os.WIFSTOPPED(status):
        raise Broken(f"the zombie ended before it was stopped: {status}")


def _cut_off(run_id: int) -> None:
    """End the connection that holds its advisory lock, as a partition would."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_locks"
            " WHERE locktype = 'advisory' AND classid = %s AND objid = %s",
            [NAMESPACE, run_id],
        )
    for _ in range(200):
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND classid = %s",
                [NAMESPACE],
            )
            if cursor.fetchone() == (0,):
                return
        time.sleep(0.01)


def _traces(run: Run) -> tuple[Any, ...]:
    """All that a late write could change: rows, checkpoints, writes."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT (SELECT count(*) FROM checkpoints WHERE thread_id = %(thread)s),"
            " (SELECT count(*) FROM checkpoint_writes WHERE thread_id = %(thread)s)",
            {"thread": run.thread_id},
        )
        stored = cursor.fetchone()
    current = Run.objects.values("status", "result", "updated_at").get(pk=run.pk)
    return stored, current, Decision.objects.filter(interrupt__run=run).count()
