"""Two at once, at one question, through every pair of ways to move it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import combinations_with_replacement
from threading import Barrier, BrokenBarrierError
from typing import Any
from uuid import uuid4

from django.db import connection
from django.db.models import Count
from django.db.models.functions import Now
from django.test import Client
from rest_framework.test import APIClient

from approvals.deadlines import sweep
from approvals.driving.reconcile import reconcile
from approvals.exceptions import ApprovalsError
from approvals.models import Agent, AuditEntry, Decision, Interrupt, Run, Token
from approvals.services.queue import DRIVE
from approvals.services.runs import cancel_run
from tests.chaos.ground import REVIEWERS, users
from tests.chaos.verdict import Broken, insist
from tests.factories import ACTION, make_agent

SHORT, LONG = 6, 1_000
"""Races for each pair."""
AT_ONCE = 50
"""Questions made, and judged, together. They are raced for one after the other."""

Way = Callable[[Interrupt, int], bool]
LOCAL = "127.0.0.1"
DECIDING = ("page", "api", "bulk", "timeout")
NEVER = ("twice", "torn", "untold", "unwoken", "approved by nobody")


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
    for names in combinations_with_replacement(racers, 2):
        for done in range(0, size, AT_ONCE):
            questions = _ask(min(AT_ONCE, size - done), agent=agent)
            told = _race(questions, names, [racers[name] for name in names])
            counts["races"] += len(questions)
            _judge(questions, told, counts=counts)
            _clear(questions)
    insist(counts, never=NEVER)
    if not counts["decided"]:
        raise Broken(f"nobody ever decided: {dict(counts)}")
    return dict(counts)


def _ask(count: int, *, agent: Agent) -> list[Interrupt]:
    requester = users()["requester"]
    common: dict[str, Any] = {
        "agent": agent,
        "agent_version": agent.version,
        "requested_by": requester,
    }
    runs = Run.objects.bulk_create(
        Run(thread_id=str(uuid4()), status=Run.Status.INTERRUPTED, input={}, **common)
        for _ in range(count)
    )
    return Interrupt.objects.bulk_create(_question(run, **common) for run in runs)


def _question(run: Run, **common: Any) -> Interrupt:
    return Interrupt(
        run=run,
        checkpoint_id=str(uuid4()),
        task_id=str(uuid4()),
        interrupt_id=uuid4().hex,
        digest=uuid4().hex * 2,
        dialect="langvel",
        node="gate",
        title="Pay 100.00",
        actions=[ACTION],
        request={"langvel": 1},
        state={"amount": 100.0},
        on_timeout=Interrupt.OnTimeout.REJECT,
        **common,
    )


def _answer(question: Interrupt) -> dict[str, Any]:
    return {
        "version": question.version,
        "digest": question.digest,
        "decisions": [{"type": "approve"}],
    }


def _race(
    questions: Sequence[Interrupt], names: tuple[str, str], ways: Sequence[Way]
) -> Counter[int]:
    """How many were told that they had decided, by question. The next one starts for both at once."""
    told, waiting = Counter[int](), iter(questions)

    def open_next() -> None:
        if "timeout" in names:
            late = Now() - timedelta(minutes=1)
            Interrupt.objects.filter(pk=next(waiting).pk).update(due_at=late, sweep_at=late)

    line = Barrier(len(ways), action=open_next)

    def go(who: int) -> None:
        try:
            for question in questions:
                line.wait()
                if ways[who](question, who) and names[who] in DECIDING:
                    told[question.pk] += 1
        except BaseException:
            line.abort()
            raise
        finally:
            connection.close()

    with ThreadPoolExecutor(len(ways)) as threads:
        racing = [threads.submit(go, who) for who in range(len(ways))]
    errors = [error for each in racing if (error := each.exception())]
    for error in sorted(errors, key=lambda one: isinstance(one, BrokenBarrierError)):
        raise error
    return told


def _judge(questions: Iterable[Interrupt], told: Counter[int], *, counts: Counter[str]) -> None:
    """One decision at most, told to exactly one; decision, row, entry and job agree."""
    ids = [question.pk for question in questions]
    decided = Decision.objects.filter(interrupt__in=ids)
    by_timeout = decided.filter(via=Decision.Via.TIMEOUT)
    counts["approved by nobody"] += by_timeout.exclude(verb="reject").count()
    decisions = _per_question(decided)
    entries = _per_question(AuditEntry.objects.filter(interrupt__in=ids, action="question.decided"))
    jobs = _jobs()
    for question in Interrupt.objects.filter(pk__in=ids).select_related("run"):
        pk, is_cancelled = question.pk, question.run.intent == Run.Intent.CANCEL
        counts["decided"] += decisions[pk]
        counts["twice"] += decisions[pk] > 1 or told[pk] > 1
        counts["untold"] += told[pk] != decisions[pk]
        expected = _expected(is_cancelled=is_cancelled, is_decided=bool(decisions[pk]))
        counts["torn"] += entries[pk] != decisions[pk] or question.status != expected
        counts["unwoken"] += bool(decisions[pk] or is_cancelled) and question.run_id not in jobs


def _expected(*, is_cancelled: bool, is_decided: bool) -> str:
    if is_cancelled:
        return Interrupt.Status.CANCELLED
    return Interrupt.Status.DECIDED if is_decided else Interrupt.Status.PENDING


def _per_question(rows: Any) -> Counter[int]:
    return Counter(
        {
            row["interrupt_id"]: row["n"]
            for row in rows.values("interrupt_id").annotate(n=Count("pk"))
        }
    )


def _jobs() -> set[int]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT (args ->> 'run_id')::bigint FROM procrastinate_jobs"
            " WHERE status = 'todo' AND task_name = %s",
            [DRIVE],
        )
        return {row[0] for row in cursor.fetchall()}


def _clear(questions: Iterable[Interrupt]) -> None:
    """Out of the way, so that the last races are no slower than the first."""
    runs = [question.run_id for question in questions]
    Interrupt.objects.filter(run__in=runs).update(status=Interrupt.Status.CANCELLED)
    Run.objects.filter(pk__in=runs).update(status=Run.Status.CANCELLED, intent="")
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs WHERE task_name = %s", [DRIVE])
