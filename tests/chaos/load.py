"""People at work: they start runs and answer questions, and remember what was acknowledged."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import cycle
from typing import Any
from uuid import uuid4

from django.db import DatabaseError, InterfaceError, connection

from approvals.exceptions import ApprovalsError
from approvals.models import Interrupt, Run
from approvals.services.decisions import decide
from approvals.services.runs import retry_run, start_run
from tests.chaos.ground import REVIEWERS, users

AGENTS = ("chain", "pair", "fan")
PAUSE = 0.02


@dataclass
class Load:
    """Keeps `width` runs under way until `decisions` are acknowledged.

    `acknowledged` maps a question's id to the value that decide() confirmed.
    """

    decisions: int
    seed: int
    width: int = 40
    people: int = 3
    acknowledged: dict[int, str] = field(default_factory=dict)
    refusals: int = 0
    retries: int = 0
    outages: int = 0
    _stop: threading.Event = field(default_factory=threading.Event)

    def start(self) -> None:
        self._users = users()
        self._threads = [
            threading.Thread(target=self._open_runs, daemon=True),
            threading.Thread(target=self._look_after, daemon=True),
        ]
        for number in range(self.people):
            chance = random.Random(f"{self.seed}-{number}")
            self._threads.append(
                threading.Thread(target=self._answer, args=[number, chance], daemon=True)
            )
        for thread in self._threads:
            thread.start()

    @property
    def is_done(self) -> bool:
        return len(self.acknowledged) >= self.decisions

    def wind_down(self) -> None:
        """No new runs from now on; what is open is still answered, until `end`."""
        self.decisions = 0

    def end(self) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(timeout=30)

    def _open_runs(self) -> None:
        agents = cycle(AGENTS)
        while not self._stop.is_set():
            self._survive(lambda: self._open_one(next(agents)))
            time.sleep(PAUSE)
        connection.close()

    def _open_one(self, agent_key: str) -> bool:
        if self.is_done or Run.objects.active().count() >= self.width:
            return False
        start_run(
            agent_key=agent_key,
            input={"topic": "chaos", "answers": []},
            requested_by=self._users["requester"],
            via="api",
        )
        return True

    def _look_after(self) -> None:
        """A run whose workers died too often is given to a person, who tries it again."""
        while not self._stop.is_set():
            self._survive(self._retry_one)
            time.sleep(10 * PAUSE)
        connection.close()

    def _retry_one(self) -> bool:
        for run in Run.objects.filter(status=Run.Status.ERROR):
            if run.error["type"] == "NeedsAttention":
                retry_run(run.pk, actor=self._users["supervisor"], via="api")
                self.retries += 1
        return True

    def _answer(self, number: int, chance: random.Random) -> None:
        reviewer = self._users[REVIEWERS[number]]
        while not self._stop.is_set():
            answered = self._survive(lambda: self._answer_one(reviewer, chance))
            if not answered:
                time.sleep(PAUSE)
        connection.close()

    def _answer_one(self, reviewer: Any, chance: random.Random) -> bool:
        waiting = list(Interrupt.objects.pending().only("id", "version", "digest")[: self.width])
        if not waiting:
            return False
        question, value = chance.choice(waiting), uuid4().hex
        try:
            decide(
                question.pk,
                actor=reviewer,
                version=question.version,
                digest=question.digest,
                decisions=[{"type": "respond", "value": value}],
                via="api",
                auth_method="token",
            )
        except ApprovalsError:
            self.refusals += 1
            return True
        self.acknowledged[question.pk] = value
        return True

    def _survive(self, work: Callable[[], bool]) -> bool:
        """PostgreSQL may be gone: then nothing was acknowledged, and the next try is soon."""
        try:
            return work()
        except (DatabaseError, InterfaceError):
            self.outages += 1
            connection.close()
            time.sleep(5 * PAUSE)
            return False
