"""What must be true of a run after every step, read from the tables and from what graphs heard."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.utils import timezone

from approvals.audit.statement import entry_hash
from approvals.driving.reconcile import unexplained_runs
from approvals.models import AuditEntry, Interrupt, Run
from tests.protocol.graphs import Heard
from tests.protocol.site import has_job

_WAS_HEARD = (Interrupt.Status.DECIDED, Interrupt.Status.APPLIED)


@dataclass(frozen=True)
class Said:
    """An answer that was acknowledged, and the question as its reviewer saw it."""

    value: str
    digest: str
    actor: str


def check_run(run: Run, *, acknowledged: Mapping[int, Said]) -> None:
    rows = list(run.interrupts.select_related("decision__actor").order_by("id"))
    for row in rows:
        _check_decision(row, acknowledged.get(row.pk))
    _check_history(run, rows)
    if run.is_active:
        assert _is_explained(run, rows), f"nothing explains run {run.pk} ({run.status})"


def _check_decision(row: Interrupt, said: Said | None) -> None:
    """A decision is there exactly when it was acknowledged, and is what was acknowledged."""
    decision = getattr(row, "decision", None)
    stored = decision and Said(
        decision.resume_value, decision.digest, decision.actor.get_username()
    )
    assert stored == said, f"question {row.pk} has {stored}, acknowledged was {said}"
    if decision is not None:
        assert decision.digest == row.digest
        assert decision.actor_id != row.requested_by_id
        assert row.votes.count() == 1
    else:
        assert row.status not in _WAS_HEARD


def _check_history(run: Run, rows: Iterable[Interrupt]) -> None:
    before, told = "", Counter[int | None]()
    digests = {row.pk: row.digest for row in rows}
    for place, entry in enumerate(AuditEntry.objects.filter(run=run).order_by("seq"), 1):
        assert (entry.seq, entry.prev_hash) == (place, before)
        assert entry.hash == entry_hash(entry)
        before = entry.hash
        if entry.action == "question.decided":
            told[entry.interrupt_id] += 1
            assert entry.facts["digest"] == digests[entry.interrupt_id]
        told[entry.interrupt_id] -= entry.action == "decision.undone"
    assert +told == Counter(row.pk for row in rows if hasattr(row, "decision"))


def _is_explained(run: Run, rows: Iterable[Interrupt]) -> bool:
    """It waits for a person, has a job, or is what reconcile finds next."""
    if run.status == Run.Status.INTERRUPTED and not run.intent:
        is_owed = (row.is_pending or row.held_reason or not _is_due(row) for row in rows)
        if any(is_owed):
            return True
    return has_job(run.pk) or run.pk in unexplained_runs(grace_seconds=0, limit=1_000_000)


def _is_due(row: Interrupt) -> bool:
    is_open = row.status == Interrupt.Status.DECIDED
    return not is_open or row.decision.effective_at <= timezone.now()


def check_heard(run: Run, heard: Heard) -> None:
    """The graph acted on the last word on just that question: not held, past its undo window."""
    rows = run.interrupts.filter(decision__isnull=False).select_related("decision").order_by("-id")
    row = next((row for row in rows if row.request["question"] == heard.label), None)
    assert row is not None, f"{heard} was never decided"
    assert row.decision.resume_value == heard.answer, f"{heard} was decided for another question"
    assert row.status in _WAS_HEARD, f"{heard}: the question is {row.status}"
    assert not row.held_reason, f"{heard}: the question is held"
    assert row.decision.effective_at <= timezone.now(), f"{heard}: within its undo window"


def story(run: Run) -> str:
    """How the run stands and what happened to it, for whoever has to find out why."""
    entries = AuditEntry.objects.filter(run=run).order_by("seq")
    history = [
        f"{one.action} {one.interrupt_id or ''} {one.facts.get('why', '')}" for one in entries
    ]
    asked = [(row.pk, row.status, row.held_reason) for row in run.interrupts.order_by("id")]
    state = f"run {run.pk} of {run.agent_id}: {run.status}, intent {run.intent!r}, {run.error}"
    return "\n".join([state, *map(str, asked), *history])
