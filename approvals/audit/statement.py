"""What an entry says, as the one text that its hash is made of."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from agents.jsonable import canonical, to_json

if TYPE_CHECKING:
    from approvals.models import AuditEntry

VERSION = 1

FACTS = frozenset(
    {
        "agent", "attempts", "auth", "checkpoint", "child", "code", "complete", "digest",
        "entries", "expires", "form", "group", "method", "model", "node", "ok", "parent",
        "problems", "reask", "reason_code", "route", "row", "scopes", "seals", "since", "status",
        "token", "type", "verb", "version", "via",
    }
)  # fmt: skip
"""Keys whose values name no person and quote nobody. Everything else is only committed to, so
that it can be erased and the chain still holds."""


@dataclass(frozen=True, kw_only=True)
class Said:
    """An entry's data in two halves: kept for ever, and kept apart from its commitment."""

    facts: dict[str, Any]
    personal: dict[str, Any] | None
    salt: str | None
    commitment: str


def split(data: Mapping[str, Any]) -> Said:
    plain = to_json(data)
    facts = {key: value for key, value in plain.items() if key in FACTS}
    personal = {key: value for key, value in plain.items() if key not in FACTS}
    if not personal:
        return Said(facts=facts, personal=None, salt=None, commitment="")
    salt = secrets.token_hex(16)
    return Said(facts=facts, personal=personal, salt=salt, commitment=commit(salt, personal))


def commit(salt: str, personal: Any) -> str:
    """Without the salt nobody can find out by guessing what was said."""
    return hashlib.sha256(f"{salt}\n{canonical(personal)}".encode()).hexdigest()


def entry_hash(entry: AuditEntry) -> str:
    """SHA-256 over the canonical JSON of everything the entry says, the previous hash included."""
    said = {
        "v": VERSION,
        "run": entry.run_id,
        "seq": entry.seq,
        "interrupt": entry.interrupt_id,
        "actor": entry.actor_id,
        "action": entry.action,
        "at": moment(entry.at),
        "facts": entry.facts,
        "commitment": entry.commitment,
        "prev": entry.prev_hash,
    }
    return hashlib.sha256(canonical(said).encode()).hexdigest()


def moment(at: datetime) -> str:
    """A time as PostgreSQL keeps it, to the microsecond, in UTC."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
