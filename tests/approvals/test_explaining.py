"""Each explanation of an unfinished run, as it stands and when it is taken away."""

from __future__ import annotations

import logging
from collections.abc import Callable

import psycopg
import pytest
from asgiref.sync import async_to_sync
from django.db import connection

from approvals import tasks
from approvals.database import conninfo
from approvals.driving.explaining import UNEXPLAINED, broken_promises, explanations
from approvals.driving.leases import NAMESPACE
from approvals.driving.reconcile import unexplained_runs
from approvals.models import Decision, Interrupt, Run
from approvals.services.queue import wake
from tests.factories import make_decision, make_interrupt, make_run

pytestmark = pytest.mark.django_db(transaction=True)

LONG_AGO = "2001-01-01T00:00Z"
NEVER = "2999-01-01T00:00Z"


def asks() -> Run:
    return make_interrupt().run


def deciding() -> Run:
    return make_interrupt(status="deciding").run


def held() -> Run:
    return make_interrupt(held_reason="Other code.").run


def held_answer() -> Run:
    run = make_decision().interrupt.run
    Interrupt.objects.update(held_reason="Other code.")
    return run


def undo() -> Run:
    run = make_decision().interrupt.run
    Decision.objects.update(effective_at=NEVER)
    return run


def queued() -> Run:
    run = make_run(status="pending")
    wake(run.pk)
    return run


def close_question() -> None:
    Interrupt.objects.update(status="superseded")


def release() -> None:
    Interrupt.objects.update(held_reason="", status="decided")


def let_undo_pass() -> None:
    Decision.objects.update(effective_at=LONG_AGO)


def lose_job() -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs")


def take_job() -> None:
    """Fetched by a worker that died before it did anything."""
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET status = 'doing'")


def want_something() -> None:
    Run.objects.update(intent="cancel")


def answer_alone() -> None:
    """An answer beside it that need not wait."""
    alone = make_decision(make_interrupt(run=Run.objects.get(), resumes_alone=True))
    assert alone.interrupt.resumes_alone


EXPLAINED = [
    (asks, "a question", close_question),
    (asks, "a question", want_something),
    (asks, "a question", answer_alone),
    (deciding, "a question", close_question),
    (held, "a held question", close_question),
    (held_answer, "a held question", release),
    (undo, "a decision that may be taken back", let_undo_pass),
    (queued, "a job", lose_job),
    (queued, "a job", take_job),
]


@pytest.mark.parametrize(
    ("make", "why", "take_away"),
    EXPLAINED,
    ids=[f"{make.__name__}-{away.__name__}" for make, _, away in EXPLAINED],
)
def test_a_run_is_explained_until_its_explanation_is_gone(
    make: Callable[[], Run], why: str, take_away: Callable[[], None]
) -> None:
    run = make()
    Run.objects.update(updated_at=LONG_AGO)
    assert (explanations(), unexplained_runs()) == ({run.pk: why}, [])

    take_away()

    Run.objects.update(updated_at=LONG_AGO)
    assert (explanations(), unexplained_runs()) == ({run.pk: UNEXPLAINED}, [run.pk])


def test_a_worker_explains_a_run_for_as_long_as_it_holds_it() -> None:
    run = make_run(status="running")
    Run.objects.update(updated_at=LONG_AGO)

    with psycopg.connect(conninfo(), autocommit=True) as worker:
        worker.execute("SELECT pg_advisory_lock(%s, %s)", (NAMESPACE, run.pk))
        alive = explanations()
        worker.execute("SELECT pg_advisory_unlock(%s, %s)", (NAMESPACE, run.pk))
        gone = explanations()

    assert (alive, gone) == ({run.pk: "a worker"}, {run.pk: UNEXPLAINED})


def test_a_run_is_given_a_minute() -> None:
    run = make_run(status="pending")

    assert (explanations(), broken_promises()) == ({run.pk: "a moment ago"}, [])


@pytest.mark.parametrize("status", ["success", "error", "cancelled"])
def test_a_finished_run_needs_no_explanation(status: str) -> None:
    make_run(status=status)

    assert explanations() == {}


def test_workers_say_loudly_that_a_run_stands_still(caplog: pytest.LogCaptureFixture) -> None:
    run = make_run(status="pending")
    Run.objects.update(updated_at=LONG_AGO)

    with caplog.at_level(logging.ERROR):
        async_to_sync(tasks.check_promises.func)(0)

    assert [record.getMessage() for record in caplog.records] == [
        f"1 runs stand still and nothing explains it: [{run.pk}]"
    ]
