"""Appending to a chain: each entry carries the hash of the one before it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import connection, transaction

from approvals.audit.statement import entry_hash, split
from approvals.models import AuditEntry, Interrupt, Run

if TYPE_CHECKING:
    from django.contrib.auth.models import User

SITE_LOCK = 0x6C76_6175_6469_7431
"""Whoever writes to the site's chain holds this until they commit."""

# The time comes with the head of the chain, so that it can be in the hash.
_HEAD = """
SELECT clock.now, coalesce(head.seq, 0), coalesce(head.hash, '')
  FROM (SELECT statement_timestamp() AS now) clock
  LEFT JOIN LATERAL (
    SELECT seq, hash FROM approvals_auditentry WHERE {chain} ORDER BY seq DESC LIMIT 1
  ) head ON true
"""
_HEAD_OF_RUN = _HEAD.format(chain="run_id = %s")
_HEAD_OF_SITE = _HEAD.format(chain="run_id IS NULL")


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
    at, seq, prev_hash = _head(run)
    said = split(data)
    entry = AuditEntry(
        run=run,
        seq=seq + 1,
        interrupt=interrupt,
        actor=actor,
        action=action,
        facts=said.facts,
        personal=said.personal,
        salt=said.salt,
        commitment=said.commitment,
        at=at,
        prev_hash=prev_hash,
    )
    entry.hash = entry_hash(entry)
    entry.save(force_insert=True)
    return entry


def _head(run: Run | None) -> tuple[datetime, int, str]:
    with connection.cursor() as cursor:
        if run is None:
            # A statement of its own: one that waits for a lock goes on seeing what was before.
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [SITE_LOCK])
            cursor.execute(_HEAD_OF_SITE)
        else:
            cursor.execute(_HEAD_OF_RUN, [run.pk])
        at, seq, prev_hash = cursor.fetchone()
    return at, seq, prev_hash
