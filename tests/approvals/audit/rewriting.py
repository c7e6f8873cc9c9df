"""What somebody who owns the database and knows our code would do to hide a change."""

from __future__ import annotations

from typing import Any

from approvals.audit import keys
from approvals.audit.merkle import Tree
from approvals.audit.ranges import ids_of
from approvals.audit.seals import seal_hash, seal_statement
from approvals.audit.statement import entry_hash
from approvals.models import AuditEntry, AuditSeal

COLUMNS = (
    "run_id", "seq", "interrupt_id", "actor_id", "action", "facts", "personal", "salt",
    "commitment", "at", "prev_hash", "hash",
)  # fmt: skip
FAR = 1_000_000
"""Where entries are put while their places change: no two may ever share one."""


def rehash_chain(cursor: Any, run_id: int | None) -> None:
    """Number the entries of a chain anew and make every hash fit again."""
    head = ""
    rows = list(AuditEntry.objects.filter(run=run_id).order_by("seq"))
    for seq, entry in enumerate(rows, start=1):
        entry.seq, entry.prev_hash = seq, head
        head = entry_hash(entry)
        cursor.execute(
            "UPDATE approvals_auditentry SET seq = %s, prev_hash = %s, hash = %s WHERE id = %s",
            [FAR + seq, entry.prev_hash, head, entry.pk],
        )
    cursor.execute(
        "UPDATE approvals_auditentry SET seq = seq - %s WHERE run_id IS NOT DISTINCT FROM %s",
        [FAR, run_id],
    )


def insert(cursor: Any, *, after: AuditEntry) -> int:
    """An entry that nobody wrote, behind another one; its id."""
    cursor.execute(
        "UPDATE approvals_auditentry SET seq = seq + 1000"
        " WHERE run_id IS NOT DISTINCT FROM %s AND seq > %s",
        [after.run_id, after.seq],
    )
    cursor.execute(
        "INSERT INTO approvals_auditentry (run_id, seq, action, facts, commitment, at, prev_hash,"
        " hash) VALUES (%s, %s, 'run.retried', '{}', '', %s, '', '') RETURNING id",
        [after.run_id, after.seq + 1, after.at],
    )
    forged: int = cursor.fetchone()[0]
    return forged


def forge_seals(cursor: Any) -> None:
    """Make every chain and every seal fit what the entries say now, with the key at hand."""
    for run_id in set(AuditEntry.objects.values_list("run_id", flat=True)):
        rehash_chain(cursor, run_id)
    before = None
    for sealed in AuditSeal.objects.order_by("seq"):
        stored = dict(AuditEntry.objects.values_list("pk", "hash"))
        hashes = [bytes.fromhex(stored[entry]) for entry in ids_of(sealed.entries)]
        sealed.leaves, sealed.root = b"".join(hashes), Tree(hashes).root
        sealed.prev_hash = seal_hash(before) if before else ""
        sealed.key = keys.public_key()
        sealed.signature = keys.sign(seal_statement(sealed))
        sealed.save()
        before = sealed
