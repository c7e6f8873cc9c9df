"""Two at once, at one question, through every pair of ways to move it."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from itertools import combinations_with_replacement
from typing import Any

from django.db import connection
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from approvals.deadlines import sweep
from approvals.exceptions import ApprovalsError
from approvals.models import AuditEntry, Decision, Interrupt, Run, Token
from approvals.reconcile import reconcile
from approvals.services.runs import cancel_run
from tests.chaos.ground import REVIEWERS, users
from tests.chaos.verdict import Broken, insist
from tests.factories import make_agent, make_interrupt, make_run

SHORT, LONG = 6, 1_000
"""Races for each pair."""

Way = Callable[[Interrupt, int], bool]
LOCAL = "127.0.0.1"
DECIDING = ("page", "api", "bulk", "timeout")


class Racers:
    """The ways, each for two people; a way returns whether its change was accepted."""

    def __init__(self) -> None:
        people = [users()[name] for name in REVIEWERS[:2]]
        self._supervisor = users()["supervisor"]
        self._sessions, self._clients = [], []
        for person in people:
            session = Client(HTTP_HOST=LOCAL)
            session.force_login(person)
            self._sessions.append(session)
            token = Token.objects.issue(
                user=person, name="race", scopes=["*"], lifetime=timedelta(hours=12)
            )[1]
            self._clients.append(APIClient(HTTP_AUTHORIZATION=f"Bearer {token}", HTTP_HOST=LOCAL))

    def page(self, question: Interrupt, who: int) -> bool:
        form = {
            "version": question.version,
            "digest": question.digest,
            "verb": "approve",
        }
        answer = self._sessions[who].post(f"/interrupts/{question.pk}/decide/", form)
        return answer.status_code in (204, 302, 303)

    def api(self, question: Interrupt, who: int) -> bool:
        path = f"/api/v1/interrupts/{question.pk}/decide/"
        return self._clients[who].post(path, _answer(question), format="json").status_code == 200

    def bulk(self, question: Interrupt, who: int) -> bool:
        body = {"items": [{"id": question.pk} | _answer(question)]}
        answer = self._clients[who].post("/api/v1/interrupts/decide/", body, format="json")
        return bool(answer.json()["results"][0]["status"] == "decided")

    def timeout(self, question: Interrupt, who: int) -> bool:
        return any(one.question_id == question.pk for one in sweep() if one.what == "rejected")

    def cancel(self, question: Interrupt, who: int) -> bool:
        try:
            cancel_run(question.run_id, actor=self._supervisor, via="api")
        except ApprovalsError:
            return False
        return True

    def reconcile(self, question: Interrupt, who: int) -> bool:
        reconcile(grace_seconds=0)
        return False

    def all(self) -> dict[str, Way]:
        return {
            name: getattr(self, name)
            for name in ("page", "api", "bulk", "timeout", "cancel", "reconcile")
        }


def run(*, size: int, seed: int) -> dict[str, Any]:
    """`size` races for each pair of ways, each on a question of its own."""
    racers, counts = Racers().all(), Counter[str]()
    agent = make_agent("race")
    for one, other in combinations_with_replacement(racers, 2):
        for _ in range(size):
            counts["races"] += 1
            question = make_interrupt(run=make_run(agent=agent), **_late("timeout" in (one, other)))
            accepted = _race(question, racers[one], racers[other])
            _judge(question, accepted, names=(one, other), counts=counts)
    insist(counts, never=("twice", "torn", "untold", "approved by nobody"))
    if not counts["decided"]:
        raise Broken(f"nobody ever decided: {dict(counts)}")
    return dict(counts)


def _late(is_late: bool) -> dict[str, Any]:
    at = timezone.now() - timedelta(minutes=1)
    return {"due_at": at, "sweep_at": at, "on_timeout": "reject"} if is_late else {}


def _answer(question: Interrupt) -> dict[str, Any]:
    return {
        "version": question.version,
        "digest": question.digest,
        "decisions": [{"type": "approve"}],
    }


def _race(question: Interrupt, *ways: Way) -> list[bool]:
    line = threading.Barrier(len(ways))
    accepted = [False] * len(ways)

    def go(who: int) -> None:
        line.wait()
        try:
            accepted[who] = ways[who](question, who)
        finally:
            connection.close()

    threads = [threading.Thread(target=go, args=[who]) for who in range(len(ways))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return accepted


def _judge(
    question: Interrupt, accepted: list[bool], *, names: tuple[str, str], counts: Counter[str]
) -> None:
    """One decision at most, told to exactly one; decision, row, entry and job agree."""
    said_yes = sum(yes for yes, name in zip(accepted, names, strict=True) if name in DECIDING)
    decided = Decision.objects.filter(interrupt=question)
    decisions = decided.count()
    by_timeout = decided.filter(via=Decision.Via.TIMEOUT)
    counts["approved by nobody"] += by_timeout.exclude(verb="reject").count()
    entries = AuditEntry.objects.filter(interrupt=question, action="question.decided").count()
    question.refresh_from_db()
    run_is_cancelled = Run.objects.get(pk=question.run_id).intent == Run.Intent.CANCEL
    expected = (
        Interrupt.Status.CANCELLED
        if run_is_cancelled
        else Interrupt.Status.DECIDED
        if decisions
        else Interrupt.Status.PENDING
    )
    counts["decided"] += decisions
    counts["twice"] += decisions > 1 or said_yes > 1
    counts["untold"] += said_yes != decisions
    counts["torn"] += entries != decisions or question.status != expected
