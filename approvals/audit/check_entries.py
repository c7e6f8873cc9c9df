"""Entries against themselves, against their neighbours, and against the decisions they are about."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from django.db import connection
from django.db.models import OuterRef, QuerySet, Subquery, Value
from django.db.models.fields import CharField

from approvals.audit.ranges import IdSet, are_ranges
from approvals.audit.report import Problem
from approvals.audit.statement import commit, entry_hash
from approvals.models import AuditEntry, AuditUnsealed

ERASED = "audit.erased"
CHUNK = 2000

_PREDECESSOR = AuditEntry.objects.filter(run=OuterRef("run"), seq=OuterRef("seq") - 1).values(
    "hash"
)[:1]


class EntryCheck:
    """Goes through the chains, one after the other, each in its order."""

    def __init__(self, *, since: datetime | None, covered: list[list[int]]) -> None:
        self.since = since
        self.count = 0
        self.erased: list[int] = []
        self._announced: list[list[int]] = []
        self._sealed = IdSet(covered)
        self._waiting = dict(AuditUnsealed.objects.values_list("entry_id", "hash"))
        self.waiting = len(self._waiting)

    def problems(self) -> Iterator[Problem]:
        before: AuditEntry | None = None
        for entry in self._rows().iterator(chunk_size=CHUNK):
            self.count += 1
            yield from _own(entry)
            yield from self._place(entry, before)
            yield from self._sealing(entry)
            self._note_erasure(entry)
            before = entry
        for entry_id in self._waiting.keys() - self._older():
            yield Problem(entry=entry_id, text="is missing; it waited for a seal.")
        announced = IdSet(self._announced)
        for entry_id in self.erased:
            if entry_id not in announced:
                yield Problem(entry=entry_id, text="was erased, and no entry says by whom.")

    def _rows(self) -> QuerySet[AuditEntry]:
        rows = AuditEntry.objects.order_by("run_id", "seq")
        if self.since is None:
            return rows.annotate(head=Value("", CharField()))
        return rows.filter(at__gte=self.since).annotate(head=Subquery(_PREDECESSOR))

    def _older(self) -> set[int]:
        """What waits for a seal since before the time that was asked for."""
        if self.since is None:
            return set()
        rows = AuditEntry.objects.filter(pk__in=list(self._waiting), at__lt=self.since)
        return set(rows.values_list("pk", flat=True))

    def _place(self, entry: AuditEntry, before: AuditEntry | None) -> Iterator[Problem]:
        """Seamless from the first entry on, or from the first one asked for."""
        if before is not None and before.run_id == entry.run_id:
            place, head = before.seq + 1, before.hash
        elif self.since is None:
            place, head = 1, ""
        else:
            place, head = entry.seq, self._head_of(entry)
        if entry.seq != place:
            yield Problem(entry=entry.pk, text=f"has place {entry.seq} in its chain, not {place}.")
        elif entry.prev_hash != head:
            yield Problem(entry=entry.pk, text="does not follow the entry before it.")

    def _head_of(self, entry: AuditEntry) -> str:
        if entry.run_id is not None:
            return entry.head or ""
        return (
            AuditEntry.objects.filter(run=None, seq=entry.seq - 1)
            .values_list("hash", flat=True)
            .first()
            or ""
        )

    def _sealing(self, entry: AuditEntry) -> Iterator[Problem]:
        """Sealed, or in the queue as it is: nobody can put an entry in between unseen."""
        queued = self._waiting.pop(entry.pk, None)
        if entry.pk in self._sealed:
            return
        if queued is None:
            yield Problem(
                entry=entry.pk, text="was put there: no seal covers it, nor does it wait."
            )
        elif queued != entry.hash:
            yield Problem(entry=entry.pk, text="has changed while it waited for a seal.")

    def _note_erasure(self, entry: AuditEntry) -> None:
        if entry.is_erased:
            self.erased.append(entry.pk)
        if entry.action == ERASED and isinstance(entry.facts, dict):
            named = entry.facts.get("entries")
            self._announced += named if are_ranges(named) else []


def _own(entry: AuditEntry) -> Iterator[Problem]:
    if entry_hash(entry) != entry.hash:
        yield Problem(entry=entry.pk, text="has changed: its hash does not fit what it says.")
    if (entry.personal is None) != (entry.salt is None):
        yield Problem(entry=entry.pk, text="is half erased.")
    elif entry.personal is not None and commit(entry.salt, entry.personal) != entry.commitment:
        yield Problem(entry=entry.pk, text="has changed: it committed to other words.")


# The newest entry about each question's decision against the row that everybody sees. One that was
# taken back has no row any more.
_DECISIONS = """
SELECT entry.id, entry.interrupt_id, CASE
    WHEN entry.action = 'decision.undone' THEN 'is there, though it was taken back'
    WHEN decision.id IS NULL THEN 'is gone' ELSE 'says something else now' END
FROM (
    SELECT DISTINCT ON (interrupt_id) id, interrupt_id, action, actor_id, facts, personal
      FROM approvals_auditentry
     WHERE action IN ('question.decided', 'decision.undone')
       AND at >= coalesce(%s::timestamptz, '-infinity'::timestamptz)
     ORDER BY interrupt_id, id DESC
) entry LEFT JOIN approvals_decision decision USING (interrupt_id)
WHERE CASE WHEN entry.action = 'decision.undone' THEN decision.id IS NOT NULL ELSE
      decision.id IS NULL
   OR decision.verb IS DISTINCT FROM entry.facts ->> 'verb'
   OR decision.digest IS DISTINCT FROM entry.facts ->> 'digest'
   OR decision.actor_id IS DISTINCT FROM entry.actor_id
   OR entry.personal IS NOT NULL AND (
        decision.reason IS DISTINCT FROM entry.personal ->> 'reason'
     OR decision.decisions::jsonb IS DISTINCT FROM (entry.personal -> 'decisions')::jsonb)
END
ORDER BY entry.id
"""


def check_decisions(since: datetime | None) -> Iterator[Problem]:
    with connection.cursor() as cursor:
        cursor.execute(_DECISIONS, [since])
        found = cursor.fetchall()
    for entry, question, how in found:
        yield Problem(entry=entry, text=f"is whole, but the decision on question {question} {how}.")
