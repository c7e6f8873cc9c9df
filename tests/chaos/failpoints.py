"""Every named moment of the protocol, at which a process is killed, breaks or stands still."""

from __future__ import annotations

import logging
import os
import random
import re
import signal
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
from django.db import connection
from django.db.models.functions import Now
from rest_framework.test import APIClient

from agents import failpoints
from approvals.audit.seals import seal
from approvals.audit.verify import verify
from approvals.deadlines import sweep
from approvals.driving.holding import MOVING
from approvals.driving.looking import look_at_slice
from approvals.driving.reconcile import reconcile
from approvals.models import Interrupt, Run, Token
from approvals.models.run import RunQuerySet
from approvals.services.queue import DRIVE
from tests.chaos import crew
from tests.chaos.ground import REVIEWERS, users
from tests.chaos.verdict import NEVER, Progress, insist, judge
from tests.chaos.web_kills import acknowledge, acknowledged

SHORT, LONG = 5, 0
"""How many pairs of a moment and an action; 0 is all of them."""

ACTIONS = ("kill", "raise", "sleep")
AGENTS = ("chain", "pair", "fan", "fickle")
CANCELLED = "chain"
SLEEP_SECONDS = 1.5
UNDO_SECONDS = 4

PEOPLE = ("start", "decide", "cancel", "retry", "undo", "key")
"""Moments that a web process comes to. The rest are a worker's, but for these."""
ALONE: dict[str, Callable[[], object]] = {
    "reconcile": lambda: reconcile(grace_seconds=0),
    "look": look_at_slice,
    "sweep": sweep,
    "seal": seal,
}
ELSEWHERE = {"fork": "tests/approvals/travel/test_failing_forks.py"}
AFTER = {"claim.returning": "saver.begun"}
"""Moments that are only come to when storage broke at another one."""


def moments() -> list[str]:
    """All there are, as the source names them."""
    root = Path(__file__).parents[2]
    found: set[str] = set()
    for package in ("agents", "approvals"):
        for path in (root / package).rglob("*.py"):
            found.update(re.findall(r'failpoints\.reached\("([a-z._]+)"\)', path.read_text()))
    return sorted(name for name in found if name.partition(".")[0] not in ELSEWHERE)


def run(*, size: int, seed: int) -> dict[str, Any]:
    """Each case on runs of its own, with people who answer and a worker, one of them trapped."""
    chance = random.Random(seed)
    cases = [(moment, action) for moment in moments() for action in ACTIONS]
    if size:
        cases = chance.sample(cases, min(size, len(cases)))
    unreached, slowest = [], 0.0
    for number, (moment, action) in enumerate(cases):
        case = Case(f"{seed}-{number}", moment, action, count=chance.randint(1, 3))
        slowest = max(slowest, case.run())
        if not case.was_reached:
            unreached.append(f"{moment}/{action}")
    seal()
    counts = {"cases": len(cases), "slowest_seconds": round(slowest, 1)} | judge(acknowledged())
    counts["not_applied"] = _not_applied()
    counts |= {"unreached": unreached, "tampered": len(verify().problems)}
    insist(counts, never=(*NEVER, "unreached", "tampered"))
    return counts


def _not_applied() -> int:
    """Decisions that nothing came of, though nobody cancelled their run."""
    decided = Interrupt.objects.filter(decision__isnull=False, decision__applied_at=None)
    return decided.exclude(run__status=Run.Status.CANCELLED).count()


class Case:
    """One moment and what happens there, once."""

    def __init__(self, name: str, moment: str, action: str, *, count: int) -> None:
        self.name, self.moment, self.action = name, moment, action
        self._kind = moment.partition(".")[0]
        self._left = 1 if self._kind in ("cancel", "retry", "undo", *ALONE) else count
        self._mark = Path(os.environ["LANGVEL_CHAOS_FOLDER"]) / f"reached-{name}"
        self._agents = [agent for agent in AGENTS if self._kind == "retry" or agent != "fickle"]

    @property
    def was_reached(self) -> bool:
        return self._mark.exists()

    def run(self) -> float:
        """Returns how long it took until all of the runs were over."""
        began = time.monotonic()
        trapped_people = self._kind in PEOPLE
        is_alone = self._kind in ALONE
        people = Process(self._answer, self._trap if trapped_people else None)
        worker = Process(
            crew.lead_a_workers_life, None if trapped_people or is_alone else self._trap
        )
        try:
            progress = Progress()
            while not self._is_over() and not progress.has_ended():
                people.replace_if_dead()
                worker.replace_if_dead()
                if is_alone and not self.was_reached:
                    self._go_alone()
                reconcile(grace_seconds=1)
                time.sleep(0.2)
        finally:
            people.end()
            worker.end()
        return time.monotonic() - began

    def _is_over(self) -> bool:
        ended = [Run.Status.SUCCESS, Run.Status.CANCELLED]
        return self._runs().filter(status__in=ended).count() == len(self._agents)

    def _runs(self) -> RunQuerySet:
        return Run.objects.filter(thread_id__startswith=f"{self.name}-")

    def _go_alone(self) -> None:
        """What a periodic job does, in a process of its own, while there is something to do."""
        waiting = Interrupt.objects.pending().filter(run__in=self._runs())
        if self._kind == "reconcile":
            with connection.cursor() as cursor:
                cursor.execute("DELETE FROM procrastinate_jobs WHERE task_name = %s", [DRIVE])
        elif self._kind == "look":
            waiting.update(held_reason=MOVING)
        elif self._kind == "sweep":
            waiting.update(due_at=Now(), sweep_at=Now(), on_timeout="keep")

        def work() -> None:
            failpoints.set_trap(self._trap)
            ALONE[self._kind]()

        os.waitpid(crew.fork(work), 0)

    def _trap(self, moment: str) -> None:
        before = AFTER.get(self.moment)
        if moment == before and not self.was_reached:
            raise psycopg.OperationalError("injected, so that the claim is returned")
        if moment != self.moment or self.was_reached:
            return
        self._left -= 1
        if self._left:
            return
        self._mark.touch()
        if self.action == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        if self.action == "raise":
            raise psycopg.OperationalError(f"injected at {moment}")
        time.sleep(SLEEP_SECONDS)

    # What people do, over HTTP

    def _answer(self) -> None:
        logging.disable(logging.CRITICAL)
        requester, reviewer = _client("requester"), _client(REVIEWERS[0])
        for agent in self._agents:
            body = {
                "agent": agent,
                "input": {"topic": "chaos", "answers": []},
                "thread_id": f"{self.name}-{agent}",
            }
            _post(requester, "/api/v1/runs/", body, key=f"{self.name}-{agent}")
        while True:
            self._answer_one(reviewer)
            if self._kind == "cancel":
                self._cancel_one(requester)
            if self._kind == "retry":
                self._retry_one(requester)
            time.sleep(0.02)

    def _answer_one(self, client: APIClient) -> None:
        question = Interrupt.objects.pending().order_by("?").first()
        if question is None:
            return
        key = os.urandom(12).hex()
        body = {
            "version": question.version,
            "digest": question.digest,
            "decisions": [{"type": "respond", "value": key}],
        }
        path = f"/api/v1/interrupts/{question.pk}/decide/"
        if self._kind == "undo" and not self.was_reached:
            body["undo_seconds"] = UNDO_SECONDS
        if _post(client, path, body, key=key) == 200:
            if "undo_seconds" in body and self._undo(client, question.pk):
                return
            acknowledge(question.pk, key)

    def _undo(self, client: APIClient, question_id: int) -> bool:
        path = f"/api/v1/interrupts/{question_id}/undo/"
        return _post(client, path, {}, key=os.urandom(12).hex()) == 200

    def _cancel_one(self, client: APIClient) -> None:
        runs = self._runs().filter(status=Run.Status.INTERRUPTED, intent="", agent=CANCELLED)
        if run := runs.first():
            _post(client, f"/api/v1/runs/{run.pk}/cancel/", {}, key=os.urandom(12).hex())

    def _retry_one(self, client: APIClient) -> None:
        if run := self._runs().filter(status=Run.Status.ERROR).first():
            _post(client, f"/api/v1/runs/{run.pk}/retry/", {}, key=os.urandom(12).hex())


class Process:
    """Forked from one that has imported everything; replaced, without its trap, when it is gone."""

    def __init__(self, work: crew.Work, trap: failpoints.Trap | None) -> None:
        self._work = work
        self._pid = crew.fork(lambda: self._begin(trap))

    def _begin(self, trap: failpoints.Trap | None) -> None:
        failpoints.set_trap(trap)
        self._work()

    def replace_if_dead(self) -> None:
        if os.waitpid(self._pid, os.WNOHANG) != (0, 0):
            self._pid = crew.fork(self._work)

    def end(self) -> None:
        crew.end_now(self._pid)


def _client(name: str) -> APIClient:
    token = Token.objects.issue(
        user=users()[name], name="failpoints", scopes=["*"], lifetime=timedelta(hours=12)
    )[1]
    return APIClient(
        raise_request_exception=False,
        HTTP_AUTHORIZATION=f"Bearer {token}",
        HTTP_HOST="127.0.0.1",
    )


def _post(client: APIClient, path: str, body: dict[str, Any], *, key: str) -> int:
    """As a program does that got no answer: the same request again, with the same key."""
    for _ in range(3):
        answer = client.post(path, body, format="json", headers={"Idempotency-Key": key})
        if answer.status_code < 500:
            break
    return int(answer.status_code)
