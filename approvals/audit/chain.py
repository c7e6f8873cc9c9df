"""Appending to a chain: each entry carries the hash of the one before it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import connection, transaction

from approvals.audit.statement import entry_hash, split
from approvals.inserting import insert
from approvals.models import AuditEntry
from approvals.models.fields import as_text

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    from approvals.models import Interrupt, Run

SITE_LOCK = 0x6C76_6175_6469_7431
"""Whoever writes to the site's chain holds this until they commit."""

# The time comes with the head of the chain, so that it can be in the hash.
_HEADS_OF_RUNS = """
SELECT chain.run, statement_timestamp(), coalesce(head.seq, 0), coalesce(head.hash, '')
  FROM unnest(%s::bigint[]) AS chain (run)
  LEFT JOIN LATERAL (
    SELECT seq, hash FROM approvals_auditentry WHERE run_id = chain.run ORDER BY seq DESC LIMIT 1
  ) head ON true
"""
_HEAD_OF_SITE = """
SELECT clock.now, coalesce(head.seq, 0), coalesce(head.hash, '')
  FROM (SELECT statement_timestamp() AS now) clock
  LEFT JOIN LATERAL (
    SELECT seq, hash FROM approvals_auditentry WHERE run_id IS NULL ORDER BY seq DESC LIMIT 1
  ) head ON true
"""


@dataclass(frozen=True)
class Head:
    """Where a chain ends: the time now, the place and the hash of its last entry."""

    at: datetime
    seq: int = 0
    hash: str = ""


@dataclass(frozen=True, kw_only=True)
class Line:
    """What an entry of a run is to say."""

    run_id: int | None
    action: str
    actor: User | None = None
    interrupt: Interrupt | None = None
    data: Mapping[str, Any]


@transaction.atomic(savepoint=False)
def append(
    run: Run | None,
    action: str,
    *,
    actor: User | None = None,
    interrupt: Interrupt | None = None,
    **data: Any,
) -> AuditEntry:
    """Add the next entry to a run's chain, or to the site's when there is no run.

    The caller holds the run's row lock, so places in the chain are unique. Nothing secret belongs
    into `data`; what may be personal there can be erased later.
    """
    line = Line(
        run_id=run.pk if run else None, action=action, actor=actor, interrupt=interrupt, data=data
    )
    head = _heads_of_runs([run.pk])[run.pk] if run else _head_of_site()
    entry = _entry(line, head)
    entry.save(force_insert=True)
    return entry


@transaction.atomic(savepoint=False)
def append_all(lines: Sequence[Line]) -> None:
    """Add entries to the chains of runs, in this order. The caller holds all their row locks."""
    heads = _heads_of_runs({line.run_id for line in lines if line.run_id is not None})
    entries = []
    for line in lines:
        assert line.run_id is not None
        head = heads[line.run_id]
        entries.append(entry := _entry(line, head))
        heads[line.run_id] = Head(at=head.at, seq=entry.seq, hash=entry.hash)
    _insert(entries)


def _insert(entries: Sequence[AuditEntry]) -> None:
    def each(name: str) -> list[Any]:
        return [getattr(entry, name) for entry in entries]

    insert(
        AuditEntry,
        {
            "run_id": ("bigint", each("run_id")),
            "seq": ("integer", each("seq")),
            "interrupt_id": ("bigint", each("interrupt_id")),
            "actor_id": ("integer", each("actor_id")),
            "action": ("text", each("action")),
            "facts": ("json", map(as_text, each("facts"))),
            "personal": ("json", map(as_text, each("personal"))),
            "salt": ("text", each("salt")),
            "commitment": ("text", each("commitment")),
            "at": ("timestamptz", each("at")),
            "prev_hash": ("text", each("prev_hash")),
            "hash": ("text", each("hash")),
        },
    )


def _entry(line: Line, head: Head) -> AuditEntry:
    said = split(line.data)
    entry = AuditEntry(
        run_id=line.run_id,
        seq=head.seq + 1,
        interrupt=line.interrupt,
        actor=line.actor,
        action=line.action,
        facts=said.facts,
        personal=said.personal,
        salt=said.salt,
        commitment=said.commitment,
        at=head.at,
        prev_hash=head.hash,
    )
    entry.hash = entry_hash(entry)
    return entry


def _heads_of_runs(run_ids: Collection[int]) -> dict[int, Head]:
    with connection.cursor() as cursor:
        cursor.execute(_HEADS_OF_RUNS, [list(run_ids)])
        return {run_id: Head(*head) for run_id, *head in cursor.fetchall()}


def hold_site_chain() -> None:
    """Nobody else adds to the site's chain until this transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [SITE_LOCK])


def _head_of_site() -> Head:
    # A statement of its own: one that waits for a lock goes on seeing what was before.
    hold_site_chain()
    with connection.cursor() as cursor:
        cursor.execute(_HEAD_OF_SITE)
        return Head(*cursor.fetchone())
