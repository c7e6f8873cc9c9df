"""Appending to a run's chain: each entry carries the hash of the one before it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from agents.jsonable import canonical, to_json
from approvals.models import AuditEntry, Interrupt, Run

if TYPE_CHECKING:
    from django.contrib.auth.models import User


def append(
    run: Run,
    action: str,
    *,
    actor: User | None = None,
    interrupt: Interrupt | None = None,
    **data: Any,
) -> AuditEntry:
    """Add the next entry. The caller holds the run's row lock, so places in the chain are unique."""
    last = (
        AuditEntry.objects.filter(run=run).order_by("-seq").values_list("seq", "hash").first()
    ) or (0, "")
    entry = AuditEntry(
        run=run,
        seq=last[0] + 1,
        interrupt=interrupt,
        actor=actor,
        action=action,
        data=to_json(data),
        prev_hash=last[1],
    )
    entry.hash = entry_hash(entry)
    entry.save(force_insert=True)
    return entry


def entry_hash(entry: AuditEntry) -> str:
    """SHA-256 over the canonical JSON of everything the entry says, the previous hash included."""
    said: Mapping[str, Any] = {
        "run": entry.run_id,
        "seq": entry.seq,
        "interrupt": entry.interrupt_id,
        "actor": entry.actor_id,
        "action": entry.action,
        "data": entry.data,
        "prev": entry.prev_hash,
    }
    return hashlib.sha256(canonical(said).encode()).hexdigest()
