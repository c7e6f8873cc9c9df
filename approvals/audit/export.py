"""The history to take away: entries, proofs, seals, keys and a program that checks them."""

from __future__ import annotations

import io
import json
import zipfile
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from approvals.audit import keys
from approvals.audit.check_seals import hashes_of
from approvals.audit.merkle import Tree
from approvals.audit.sinks import line_of
from approvals.audit.statement import VERSION, moment
from approvals.models import AuditEntry, AuditSeal

VERIFIER = Path(__file__).parent / "standalone" / "verify.py"
BATCH = 1000
TREES_KEPT = 8

_README = """\
The audit of Langvel Approvals. Check it with: python3 verify.py

entries.ndjson    an entry a line, each with the path to the root of the seal that covers it
seals.ndjson      what was signed, and the signature
public_keys.txt   the keys of the site; compare them with what its operators tell you
manifest.json     what was asked for; "complete" when nothing was left out

`personal` is not part of an entry's hash, only `commitment` is: SHA-256 of salt, a new line and
the canonical JSON. `actor_name` is only there to be read; `actor` is what was hashed.
"""


def export(rows: QuerySet[AuditEntry], *, filters: Mapping[str, str]) -> Iterator[bytes]:
    """A zip archive of these entries, made while it is sent. Small in memory, whatever its size."""
    # Before any entry is read, so that whatever a seal covers is there to be read.
    proofs = Proofs()
    last = AuditEntry.objects.order_by("-id").values_list("pk", flat=True).first() or 0
    return _zipped(
        {
            "README.txt": [_README],
            "verify.py": [VERIFIER.read_text()],
            "manifest.json": [json.dumps(_manifest(filters), indent=2)],
            "public_keys.txt": [f"{key}\n" for key in sorted(keys.trusted_keys())],
            "entries.ndjson": _entries(rows.filter(pk__lte=last), proofs),
            # After the entries: of a part, only the seals that cover it.
            "seals.ndjson": proofs.lines(only_used=bool(filters)),
        }
    )


class Proofs:
    """Where each sealed entry has its place, and the path from there to the root."""

    def __init__(self) -> None:
        places = []
        for seq, ranges in AuditSeal.objects.order_by("seq").values_list("seq", "entries"):
            offset = 0
            for first, last in ranges:
                places.append((first, last, seq, offset))
                offset += last - first + 1
            self._newest = seq
        self._places = sorted(places)
        self._used: set[int] = set()
        self._tree = lru_cache(TREES_KEPT)(_tree_of)

    def of(self, entry_id: int) -> tuple[int, list[str]] | tuple[None, None]:
        at = bisect_right(self._places, entry_id, key=lambda place: place[0]) - 1
        if at < 0 or entry_id > self._places[at][1]:
            return None, None
        first, _, seq, offset = self._places[at]
        self._used.add(seq)
        return seq, self._tree(seq).path(offset + entry_id - first)

    def lines(self, *, only_used: bool) -> Iterator[str]:
        if not self._places:
            return
        seals = AuditSeal.objects.filter(seq__lte=self._newest).defer("leaves").order_by("seq")
        for sealed in seals.iterator(chunk_size=BATCH):
            if sealed.seq in self._used or not only_used:
                yield line_of(sealed) + "\n"


def _tree_of(seq: int) -> Tree:
    return Tree(hashes_of(AuditSeal.objects.only("leaves", "count").get(seq=seq)))


def _manifest(filters: Mapping[str, str]) -> dict[str, Any]:
    return {
        "format": VERSION,
        "complete": not filters,
        "filters": filters,
        "made_at": moment(timezone.now()),
    }


def _entries(rows: QuerySet[AuditEntry], proofs: Proofs) -> Iterator[str]:
    """By key rather than by a cursor: nothing stays open while a slow client reads."""
    rows, last = rows.select_related("actor").order_by("pk"), 0
    while batch := list(rows.filter(pk__gt=last)[:BATCH]):
        for entry in batch:
            yield json.dumps(_shown(entry, proofs), ensure_ascii=False) + "\n"
        last = batch[-1].pk


def _shown(entry: AuditEntry, proofs: Proofs) -> dict[str, Any]:
    seal, path = proofs.of(entry.pk)
    return {
        "id": entry.pk,
        "v": VERSION,
        "run": entry.run_id,
        "seq": entry.seq,
        "interrupt": entry.interrupt_id,
        "actor": entry.actor_id,
        "actor_name": entry.actor.get_username() if entry.actor else None,
        "action": entry.action,
        "at": moment(entry.at),
        "facts": entry.facts,
        "personal": entry.personal,
        "salt": entry.salt,
        "commitment": entry.commitment,
        "prev": entry.prev_hash,
        "hash": entry.hash,
        "seal": seal,
        "path": path,
    }


def _zipped(files: Mapping[str, Iterable[str]]) -> Iterator[bytes]:
    outbox = _Outbox()
    with zipfile.ZipFile(outbox, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, texts in files.items():
            with archive.open(name, "w", force_zip64=True) as file:
                for text in texts:
                    file.write(text.encode())
                    if outbox.is_worth_sending:
                        yield outbox.taken()
    yield outbox.taken()


class _Outbox(io.RawIOBase):
    """What zipfile writes to; it cannot go back, so sizes come after the data."""

    def __init__(self) -> None:
        super().__init__()
        self._parts: list[bytes] = []
        self._size = 0

    @property
    def is_worth_sending(self) -> bool:
        return self._size > 64 * 1024

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._parts.append(bytes(data))
        self._size += len(data)
        return len(data)

    def taken(self) -> bytes:
        whole = b"".join(self._parts)
        self._parts, self._size = [], 0
        return whole
