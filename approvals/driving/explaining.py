"""Is every unfinished run explained? The promise behind reconcile, checked without reconcile's help."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.db import connection
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Now

from approvals.driving.leases import NAMESPACE
from approvals.models import Interrupt, Run
from approvals.services.queue import DRIVE

OVERDUE_SECONDS = 60
"""How long a run may stand still for no reason before that counts as a broken promise."""

UNEXPLAINED = "nothing"

_EXPLANATIONS = """
    WITH driven AS (
        SELECT objid FROM pg_locks
        WHERE locktype = 'advisory' AND granted AND objsubid = 2 AND classid = %(namespace)s
          AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
    ), queued AS (
        SELECT DISTINCT (args ->> 'run_id')::bigint AS run_id FROM procrastinate_jobs
        WHERE status = 'todo' AND task_name = %(task)s
    ), asked AS (
        SELECT question.run_id,
            bool_or(question.status IN ('pending', 'deciding') AND held_reason = '') AS waits,
            bool_or(held_reason <> '') AS is_held,
            bool_or(question.status = 'decided'
                AND decision.effective_at > statement_timestamp()) AS has_undo,
            bool_or(question.status = 'decided' AND held_reason = '' AND question.resumes_alone
                AND decision.effective_at <= statement_timestamp()) AS owes
        FROM approvals_interrupt AS question
        LEFT JOIN approvals_decision AS decision ON decision.interrupt_id = question.id
        WHERE question.status IN ('pending', 'deciding', 'decided')
        GROUP BY question.run_id
    )
    SELECT run.id, CASE
        WHEN (run.id %% 2147483648)::oid IN (SELECT objid FROM driven) THEN 'a worker'
        WHEN run.id IN (SELECT run_id FROM queued) THEN 'a job'
        WHEN run.updated_at > statement_timestamp() - make_interval(secs => %(overdue)s)
            THEN 'a moment ago'
        WHEN run.status <> 'interrupted' OR run.intent <> '' OR asked.owes THEN %(nothing)s
        WHEN asked.waits THEN 'a question'
        WHEN asked.is_held THEN 'a held question'
        WHEN asked.has_undo THEN 'a decision that may be taken back'
        ELSE %(nothing)s
    END
    FROM approvals_run AS run LEFT JOIN asked ON asked.run_id = run.id
    WHERE run.status IN ('pending', 'running', 'interrupted')
    ORDER BY run.id
"""


def explanations(*, overdue_seconds: int = OVERDUE_SECONDS) -> dict[int, str]:
    """By what each unfinished run is explained; UNEXPLAINED is a fault of this site's."""
    told: dict[str, str | int] = {
        "namespace": NAMESPACE,
        "task": DRIVE,
        "overdue": overdue_seconds,
        "nothing": UNEXPLAINED,
    }
    with connection.cursor() as cursor:
        cursor.execute(_EXPLANATIONS, told)
        return dict(cursor.fetchall())


def broken_promises() -> list[int]:
    """Runs that have stood still for longer than they may, with nothing to explain it."""
    return [run_id for run_id, why in explanations().items() if why == UNEXPLAINED]


@dataclass(frozen=True, kw_only=True)
class Attention:
    """A run that goes on only when a person does something about it."""

    run_id: int
    why: str


_OURS = (
    "AgentUnavailable",
    "BadAgentPath",
    "CannotAskAgain",
    "CannotRetry",
    "ChangedOutside",
    "CodeChanged",
    "NeedsAttention",
    "NoCheckpoints",
    "PausedWithoutQuestion",
    "StepGone",
    "ThreadGone",
    "UnknownAgent",
)
"""Errors that no graph raised: why the site could not go on with a run."""


def needs_attention() -> Q:
    """Narrows runs to those that hold what nobody may answer for now, that failed with an answer,
    that we gave up, or that stand still while nothing explains it.

    A run that merely failed has had its say: its requester sees it among their runs.
    """
    held = Interrupt.objects.open().filter(run=OuterRef("pk")).exclude(held_reason="")
    unheard = Interrupt.objects.filter(run=OuterRef("pk"), status=Interrupt.Status.DECIDED)
    failed = Run.objects.filter(status=Run.Status.ERROR).annotate(
        error_type=KeyTextTransform("type", "error")
    )
    ours = failed.filter(Q(error_type__in=_OURS) | Exists(unheard) | Exists(held))
    holding = Interrupt.objects.open().exclude(held_reason="")
    waiting = holding.filter(run__status=Run.Status.INTERRUPTED)
    still = Run.objects.active().filter(stood_still_at__isnull=False)
    # One by one, each along an index of its own: all runs there ever were are far more.
    found = (
        ours.order_by()
        .values("pk")
        .union(waiting.order_by().values("run"), still.order_by().values("pk"))
    )
    return Q(pk__in=found)


def wanted(*, limit: int = 1_000) -> list[Attention]:
    """The runs that need attention, last touched first, each with the reason."""
    runs = Run.objects.filter(needs_attention()).order_by(F("updated_at").desc(), "pk")
    return [Attention(run_id=run.pk, why=_why(run)) for run in runs[:limit]]


def flag_broken_promises() -> list[int]:
    """Mark the runs that nothing explains, and no others, so that people see them. Returns them."""
    broken = broken_promises()
    Run.objects.filter(stood_still_at__isnull=False).exclude(pk__in=broken).update(
        stood_still_at=None
    )
    Run.objects.filter(pk__in=broken, stood_still_at=None).update(stood_still_at=Now())
    return broken


def _why(run: Run) -> str:
    if run.status == Run.Status.ERROR:
        error: Mapping[str, str] = run.error or {}
        return f"failed: {error.get('message', '')}"
    if run.stood_still_at:
        return "stands still, and nothing explains it"
    question = run.interrupts.open().exclude(held_reason="").without_payloads().first()
    return f"held: {question.held_reason}" if question else "held"
