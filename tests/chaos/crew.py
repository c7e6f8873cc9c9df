"""Processes that are killed. Forked from one that has imported everything, so they start fast.

A crew is forked before the parent has threads or connections; it forks a process for each life and
ends it after a random while.
"""

from __future__ import annotations

import itertools
import os
import random
import select
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass

from django.db import connections

from agents import failpoints
from approvals.management.commands import worker

CONCURRENCY = 6
Work = Callable[[], object]


@dataclass
class Crew:
    """One process after the other until told to stop; then one that lives until `end`."""

    pid: int
    _orders: int
    _report: int

    def await_kills(self, *, seconds: float) -> int:
        """How many were killed: all that were wished for, unless the time was too short.

        The one that works now is left alone.
        """
        if not select.select([self._report], [], [], seconds)[0]:
            os.write(self._orders, b"s")
        return int(os.read(self._report, 32))

    def end(self) -> None:
        os.write(self._orders, b"q")
        os.waitpid(self.pid, 0)


@dataclass(frozen=True)
class Lives:
    """How long a process is let live: so many named moments of the protocol, drawn anew each time.

    Counted so, a kill hits a process at its work, however slow a busy machine makes it.
    """

    moments: int

    PATIENCE = 20.0
    JITTER = 0.05
    """Seconds. Those a process is let live when nothing happens, and after its last moment."""


def hire(work: Work, *, kills: int = 0, seed: str = "", lives: Lives | None = None) -> Crew:
    """A crew that does `work`; `kills` times it dies at a random moment of its life."""
    orders, ordering = os.pipe()
    reporting, report = os.pipe()
    pid = fork(
        lambda: _command(work, orders, report, kills, random.Random(seed), lives),
        ordering,
        reporting,
    )
    os.close(orders)
    os.close(report)
    return Crew(pid, ordering, reporting)


def fork(work: Work, *unwanted: int) -> int:
    """A child that does one thing and ends; it shares no connection with its parent."""
    close_connections()
    pid = os.fork()
    if pid:
        return pid
    for handle in unwanted:
        os.close(handle)
    code = 1
    try:
        work()
        code = 0
    except KeyboardInterrupt:
        code = 0
    except BaseException as error:
        print(f"child {os.getpid()}: {error!r}", file=sys.stderr, flush=True)
    finally:
        os._exit(code)


def close_connections() -> None:
    connections.close_all()
    for connection in connections.all():
        connection.close_pool()


def _command(
    work: Work,
    orders: int,
    report: int,
    kills: int,
    chance: random.Random,
    lives: Lives | None,
) -> None:
    killed, told = 0, b""
    while lives and killed < kills and not told:
        victim, ending = _watched(work, chance.randint(1, lives.moments))
        ended, _, _ = select.select([ending, orders], [], [], Lives.PATIENCE)
        told = _order(orders, seconds=0 if orders in ended else chance.uniform(0, Lives.JITTER))
        end_now(victim)
        os.close(ending)
        killed += 1
    survivor = fork(work)
    os.write(report, f"{killed:032}".encode())
    parent = os.getppid()
    while told != b"q" and os.getppid() == parent:
        told = _order(orders, seconds=1.0)
    end_now(survivor)


def _watched(work: Work, moments: int) -> tuple[int, int]:
    """A process, and what can be read from as soon as it has come to so many moments."""
    ending, end = os.pipe()
    left = itertools.count(moments - 1, -1)

    def trap(_: str) -> None:
        if next(left) == 0:
            os.write(end, b"e")

    def watched() -> None:
        failpoints.set_trap(trap)
        work()

    pid = fork(watched, ending)
    os.close(end)
    return pid, ending


def end_now(pid: int) -> None:
    """kill -9."""
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)


def _order(orders: int, *, seconds: float) -> bytes:
    ready, _, _ = select.select([orders], [], [], seconds)
    return os.read(orders, 1) if ready else b""


def lead_a_workers_life() -> None:
    """As `manage.py worker` does."""
    worker.run(concurrency=CONCURRENCY)
