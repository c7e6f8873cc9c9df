"""Seals against themselves, against the entries they cover, and against their copies elsewhere."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from approvals.audit import keys
from approvals.audit.merkle import Tree
from approvals.audit.ranges import are_ranges, ids_of
from approvals.audit.report import Problem
from approvals.audit.seals import seal_hash, seal_statement
from approvals.models import AuditEntry, AuditSeal

HASH_BYTES = 32


class SealCheck:
    """Goes through the seals in order, and remembers which ids they cover."""

    def __init__(self, *, since: datetime | None) -> None:
        self.since = since
        self.count = 0
        self.last = 0
        self.covered: list[list[int]] = []
        self.statements: dict[int, tuple[str, str]] = {}

    def problems(self) -> Iterator[Problem]:
        seals = AuditSeal.objects.order_by("seq")
        before = None
        if self.since is not None:
            first = seals.filter(at__gte=self.since).first()
            before = seals.filter(seq__lt=first.seq).last() if first else seals.last()
            seals = seals.filter(seq__gt=before.seq if before else 0)
            self.last = before.seq if before else 0
        expected = seal_hash(before) if before else ""
        for sealed in seals.iterator(chunk_size=50):
            yield from self._one(sealed, expected)
            self.last, expected = sealed.seq, seal_hash(sealed)

    def _one(self, sealed: AuditSeal, expected: str) -> Iterator[Problem]:
        self.count += 1
        self.statements[sealed.seq] = (seal_statement(sealed), sealed.signature)
        if sealed.seq != self.last + 1:
            yield Problem(seal=self.last + 1, text="is missing.")
        elif sealed.prev_hash != expected:
            yield Problem(seal=sealed.seq, text="does not follow the seal before it.")
        if _is_well_formed(sealed):
            self.covered += sealed.entries
            yield from _own(sealed)
            yield from _entries(sealed)
        else:
            yield Problem(seal=sealed.seq, text="does not list what it covers.")


def _is_well_formed(sealed: AuditSeal) -> bool:
    return (
        are_ranges(sealed.entries)
        and sum(last - first + 1 for first, last in sealed.entries) == sealed.count > 0
        and len(sealed.leaves) == sealed.count * HASH_BYTES
    )


def _own(sealed: AuditSeal) -> Iterator[Problem]:
    if Tree(hashes_of(sealed)).root != sealed.root:
        yield Problem(seal=sealed.seq, text="has another root than its leaves.")
    if sealed.key not in keys.trusted_keys():
        yield Problem(
            seal=sealed.seq, text=f"is signed with a key that is not trusted: {sealed.key}."
        )
    if not keys.is_signed(seal_statement(sealed), signature=sealed.signature, key=sealed.key):
        yield Problem(seal=sealed.seq, text="has a signature that does not fit it.")


def hashes_of(sealed: AuditSeal) -> list[bytes]:
    leaves = bytes(sealed.leaves)
    return [leaves[place : place + HASH_BYTES] for place in range(0, len(leaves), HASH_BYTES)]


def _entries(sealed: AuditSeal) -> Iterator[Problem]:
    """Each entry must be there and be the one that was sealed."""
    stored: dict[int, str] = {}
    for first, last in sealed.entries:
        rows = AuditEntry.objects.filter(pk__gte=first, pk__lte=last).order_by()
        stored.update(rows.values_list("pk", "hash"))
    for entry_id, leaf in zip(ids_of(sealed.entries), hashes_of(sealed), strict=True):
        if entry_id not in stored:
            yield Problem(entry=entry_id, text=f"is missing; seal {sealed.seq} covers it.")
        elif stored[entry_id] != leaf.hex():
            yield Problem(entry=entry_id, text=f"is not the one that seal {sealed.seq} covers.")


def check_copies(copies: Mapping[int, tuple[str, str]], found: SealCheck) -> Iterator[Problem]:
    """Copies of seals kept outside against the seals in the database."""
    for seq in sorted(copies):
        if seq > found.last:
            yield Problem(seal=seq, text="is missing here; a copy of it is kept outside.")
        elif seq in found.statements and found.statements[seq] != copies[seq]:
            yield Problem(seal=seq, text="is not the one of which a copy is kept outside.")


def copies_by_seal(lines: Iterator[dict[str, Any]]) -> tuple[dict[int, tuple[str, str]], list[int]]:
    """The copies by number of their seal, and the numbers of which two copies differ."""
    copies: dict[int, tuple[str, str]] = {}
    differing = []
    for line in lines:
        copy = (line["statement"], line["signature"])
        seq = _number(copy[0])
        if copies.setdefault(seq, copy) != copy:
            differing.append(seq)
    return copies, differing


def _number(statement: str) -> int:
    try:
        return int(json.loads(statement)["seal"])
    except (ValueError, TypeError, KeyError):
        return 0
