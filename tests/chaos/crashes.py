"""PostgreSQL stopped at once (SIGQUIT: no checkpoint, no goodbye) while people answer."""

from __future__ import annotations

import os
import random
import signal
import time
from itertools import cycle
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection

from approvals.exceptions import ApprovalsError
from approvals.models import Interrupt, Run
from approvals.services.decisions import decide
from approvals.services.runs import retry_run, start_run
from tests.chaos import crew
from tests.chaos.ground import REVIEWERS, users
from tests.chaos.verdict import insist, judge, settle
from tests.chaos.web_kills import acknowledge, acknowledged

SHORT, LONG = 2, 40
DECISIONS_PER_CRASH = {SHORT: 60}
"""At full length 500: 20,000 acknowledged decisions in forty crashes."""

AGENTS = ("wide", "chain", "wide", "pair", "wide", "fan")
"""Mostly such as ask much for little work of a worker."""
WIDTH = 16
"""Runs that are under way at once."""
HANDFUL = 12
"""Questions a person takes from the list at a time. Others may take the same."""
PAUSE = 0.1
ENOUGH = "enough"


def run(*, size: int, seed: int) -> dict[str, Any]:
    """People are processes, which share nothing but the database and what they wrote down."""
    each_time = DECISIONS_PER_CRASH.get(size, 500)
    crews = [crew.hire(crew.lead_a_workers_life) for _ in range(2)]
    crews += [crew.hire(lambda name=name: _answer_for_ever(name)) for name in REVIEWERS]
    crews.append(crew.hire(_request_for_ever))
    chance = random.Random(seed)
    crashes = 0
    try:
        for number in range(size):
            _until_answered((number + 0.5) * each_time)
            time.sleep(chance.uniform(0, 0.5))
            _crash()
            crashes += 1
        _until_answered(size * each_time)
        _mark().touch()
        settle()
    finally:
        for each in crews:
            each.end()
    counts = {"crashes": crashes} | judge(acknowledged())
    insist(counts)
    return counts


def _until_answered(count: float, *, seconds: float = 600) -> None:
    deadline = time.monotonic() + seconds
    while len(acknowledged()) < count and time.monotonic() < deadline:
        time.sleep(2 * PAUSE)


def _crash() -> None:
    """Its keeper starts it again."""
    data = Path(settings.EMBEDDED.data)
    os.kill(int((data / "postmaster.pid").read_text().split()[0]), signal.SIGQUIT)


def _mark() -> Path:
    """There when no more runs are to be started."""
    return Path(os.environ["LANGVEL_CHAOS_FOLDER"]) / ENOUGH


def _answer_for_ever(name: str) -> None:
    while True:
        try:
            reviewer = users()[name]
            while _answer_some(reviewer):
                pass
        except (DatabaseError, InterfaceError):
            connection.close()
        time.sleep(PAUSE)


def _answer_some(reviewer: Any) -> int:
    waiting = Interrupt.objects.pending().only("id", "version", "digest").order_by("?")[:HANDFUL]
    for question in waiting:
        value = os.urandom(12).hex()
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
            continue
        acknowledge(question.pk, value)
    return len(waiting)


def _request_for_ever() -> None:
    agents = cycle(AGENTS)
    while True:
        try:
            requester, supervisor = users()["requester"], users()["supervisor"]
            while True:
                _retry(supervisor)
                _request_some(requester, agents)
                time.sleep(PAUSE)
        except (DatabaseError, InterfaceError):
            connection.close()
        time.sleep(PAUSE)


def _request_some(requester: Any, agents: cycle[str]) -> None:
    if _mark().exists():
        return
    for _ in range(WIDTH - Run.objects.active().count()):
        start_run(
            agent_key=next(agents),
            input={"topic": "chaos", "answers": []},
            requested_by=requester,
            via="api",
        )


def _retry(supervisor: Any) -> None:
    """A run whose workers died too often is given to a person."""
    for run in Run.objects.filter(status=Run.Status.ERROR):
        if run.error["type"] == "NeedsAttention":
            retry_run(run.pk, actor=supervisor, via="api")
