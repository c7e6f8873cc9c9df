"""What was seen of a remote thread → rows, in one transaction each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import uuid4

from django.db import IntegrityError, transaction
from django.db.models.functions import Now
from django.utils import timezone

from agents.jsonable import to_json
from agents.outcome import Outcome, Paused
from agents.remote.agent import RemoteAgent
from agents.remote.finding import Description
from agents.remote.looking import Look
from agents.remote.marks import mark_of
from agents.remote.standing import as_it_stands, first_input
from agents.remote.traces import RemoteTraces
from approvals import audit, outcomes
from approvals.driving.report import Report
from approvals.models import Agent, Interrupt, Run
from approvals.remote.asker import asker

DESCRIBED_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, kw_only=True)
class Known:
    """An unfinished run. `asks`: its open questions, by interrupt id; `waits`: for people only."""

    run_id: int
    updated_at: datetime
    waits: bool
    asks: frozenset[str]


def known_runs(agent_key: str) -> dict[str, Known]:
    """The agent's unfinished runs, by thread."""
    asked: dict[int, set[str]] = {}
    rows = Interrupt.objects.open().filter(agent_id=agent_key)
    for run_id, interrupt_id in rows.values_list("run_id", "interrupt_id"):
        asked.setdefault(run_id, set()).add(interrupt_id)
    runs = Run.objects.active().filter(agent_id=agent_key)
    return {
        thread_id: Known(
            run_id=pk,
            updated_at=updated_at,
            waits=status == Run.Status.INTERRUPTED and not intent,
            asks=frozenset(asked.get(pk, ())),
        )
        for pk, thread_id, status, intent, updated_at in runs.values_list(
            "pk", "thread_id", "status", "intent", "updated_at"
        )
    }


@transaction.atomic
def begin(agent: RemoteAgent, thread_id: str, seen: Look) -> Run | None:
    """A run for what somebody else started and people here are to answer; None if there is one."""
    if not Agent.objects.filter(key=agent.key).exists():
        return None
    run = Run(
        agent_id=agent.key,
        agent_version=agent.version,
        thread_id=thread_id,
        status=Run.Status.RUNNING,
        lease_token=uuid4(),
        input=to_json(first_input(seen)),
        metadata=to_json(dict(seen.metadata)),
        requested_by=asker(agent.key),
    )
    try:
        with transaction.atomic():
            run.save(force_insert=True)
    except IntegrityError:
        return None
    audit.append(run, "run.found", agent=agent.key, thread=thread_id)
    _record(run, Paused(state=seen.view.state, questions=seen.view.questions), seen)
    return run


@transaction.atomic
def follow(known: Known, seen: Look) -> bool:
    """Bring a waiting run in line with its thread, which others have moved; whether anything changed.

    Only if nothing was done about the run since before the thread was looked at: what was seen
    may be older than what a worker has recorded meanwhile. An answered one is left to its worker.
    """
    run = (
        Run.objects.select_for_update()
        .filter(
            pk=known.run_id,
            status=Run.Status.INTERRUPTED,
            intent=Run.Intent.NONE,
            lease_token__isnull=True,
            updated_at=known.updated_at,
        )
        .first()
    )
    if run is None or run.interrupts.open().exclude(status=Interrupt.Status.PENDING).exists():
        return False
    standing = set(run.interrupts.open().values_list("digest", flat=True))
    if standing and standing == {question.digest for question in seen.view.questions}:
        return False
    run.lease_token = uuid4()
    run.save(update_fields=["lease_token"])
    _record(run, as_it_stands(seen.view), seen)
    return True


def _record(run: Run, outcome: Outcome, seen: Look) -> None:
    assert run.lease_token is not None
    traces = RemoteTraces(seen, mark=mark_of(run.pk))
    reasons = {
        row.pk: traces.why_moved((row.checkpoint_id, row.task_id, row.interrupt_id))
        for row in run.interrupts.open().without_payloads()
    }
    report = Report(outcome=outcome, reasons=reasons)
    outcomes.record(run.pk, token=run.lease_token, outcome=report)


def is_due(agent_key: str) -> bool:
    """Whether the server has not been asked lately what the agent is like."""
    row = Agent.objects.filter(key=agent_key).values_list("drawing", "last_seen").first()
    return row is not None and (not row[0] or row[1] < timezone.now() - DESCRIBED_EVERY)


def describe(agent_key: str, told: Description | None) -> None:
    if told is not None:
        Agent.objects.filter(key=agent_key).update(
            description=told.description,
            input_schema=told.input_schema,
            drawing=told.drawing,
            last_seen=Now(),
        )
