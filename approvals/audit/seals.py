"""Sealing: a signature under every entry written since the last seal, and under that seal."""

from __future__ import annotations

import hashlib

from django.db import connection, transaction

from agents import failpoints
from agents.jsonable import canonical
from approvals.audit import keys
from approvals.audit.merkle import Tree
from approvals.audit.ranges import ranges_of
from approvals.audit.statement import VERSION, moment
from approvals.models import AuditSeal

MAX_ENTRIES = 20_000
"""More than this many are put under several seals."""

_LOCK = 0x6C76_7365_616C_6572

_TAKE = """
WITH taken AS (
    DELETE FROM approvals_auditunsealed WHERE entry_id IN (
        SELECT entry_id FROM approvals_auditunsealed ORDER BY entry_id LIMIT %s
    ) RETURNING entry_id, hash
) SELECT entry_id, hash, statement_timestamp() FROM taken ORDER BY entry_id
"""


def seal(*, at_most: int = MAX_ENTRIES) -> list[AuditSeal]:
    """Seal what waits. Of two at once the second waits, and finds only what came meanwhile."""
    made = []
    while (one := _seal_next(at_most)) is not None:
        made.append(one)
    return made


def seal_statement(sealed: AuditSeal) -> str:
    """The text that is signed. Its hash is what the next seal refers to."""
    return canonical(
        {
            "v": VERSION,
            "seal": sealed.seq,
            "at": moment(sealed.at),
            "entries": sealed.entries,
            "count": sealed.count,
            "root": sealed.root,
            "prev": sealed.prev_hash,
            "key": sealed.key,
        }
    )


def seal_hash(sealed: AuditSeal) -> str:
    return hashlib.sha256(seal_statement(sealed).encode()).hexdigest()


@transaction.atomic
def _seal_next(at_most: int) -> AuditSeal | None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        cursor.execute(_TAKE, [at_most])
        taken = cursor.fetchall()
    if not taken:
        return None
    failpoints.reached("seal.taken")
    last = AuditSeal.objects.defer("leaves").order_by("-seq").first()
    # The queue's own copy of each hash: a change of an entry that waited is found, too.
    hashes = [bytes.fromhex(entry_hash) for _, entry_hash, _ in taken]
    sealed = AuditSeal(
        seq=last.seq + 1 if last else 1,
        at=taken[0][2],
        entries=ranges_of(entry_id for entry_id, _, _ in taken),
        count=len(taken),
        leaves=b"".join(hashes),
        root=Tree(hashes).root,
        prev_hash=seal_hash(last) if last else "",
        key=keys.public_key(),
    )
    sealed.signature = keys.sign(seal_statement(sealed))
    failpoints.reached("seal.signed")
    sealed.save(force_insert=True)
    failpoints.reached("seal.saved")
    return sealed
