"""A small history with everything in it, and somebody who owns the database and changes it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.db import connection, transaction

from approvals import audit
from approvals.audit import seals, sinks
from approvals.audit.report import Report
from approvals.audit.verify import verify
from approvals.models import AuditEntry, Run
from tests.factories import make_decision, make_interrupt, make_run, make_user


def write_run() -> Run:
    """A run with a decided question, as the services write it down."""
    question = make_interrupt(run=make_run())
    run, bob = question.run, make_user("bob", "reviewers")
    audit.append(run, "run.started", actor=run.requested_by, via="page", agent="payments")
    audit.append(run, "question.asked", interrupt=question, node="gate", digest=question.digest)
    decision = make_decision(question, reason=f"seen {run.pk}", actor=bob)
    audit.append(
        run,
        "question.decided",
        actor=bob,
        interrupt=question,
        verb=decision.verb,
        decisions=decision.decisions,
        reason=decision.reason,
        digest=decision.digest,
    )
    audit.append(run, "question.applied", interrupt=question)
    audit.append(run, "run.finished")
    return run


def write_history(settings: Any, sink: Path, *, runs: int = 4) -> None:
    """Runs and entries of the site under several seals, copied to a sink."""
    settings.LANGVEL_AUDIT_SINK = str(sink)
    for number in range(runs):
        write_run()
        audit.append(None, "sign_in.failed", username=f"mallory{number}", address="10.0.0.1")
        if number % 2:
            seals.seal(at_most=5)
    seals.seal()
    sinks.deliver()


def verified(settings: Any) -> Report:
    return verify(sink=settings.LANGVEL_AUDIT_SINK)


@contextmanager
def tampering() -> Iterator[Any]:
    """A cursor for which no trigger fires; all that it did is undone at the end."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        yield cursor
        transaction.set_rollback(True)


def entries() -> list[AuditEntry]:
    return list(AuditEntry.objects.order_by("id"))
