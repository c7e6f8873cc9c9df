"""The history as CSV, for people with a spreadsheet."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet

from approvals.audit.statement import moment
from approvals.models import AuditEntry

COLUMNS = ("id", "at", "action", "actor", "run", "place", "question", "data", "erased", "hash")
BATCH = 1000

# What makes a spreadsheet take a cell for a formula, also in the wide forms of East Asia.
_STARTS_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # noqa: RUF001


def lines(rows: QuerySet[AuditEntry]) -> Iterator[str]:
    """Newest first, by key: nothing stays open while a slow client reads."""
    write = csv.writer(_Echo()).writerow
    yield write(COLUMNS)
    rows = rows.select_related("actor").order_by("-pk")
    last = None
    while batch := list((rows.filter(pk__lt=last) if last else rows)[:BATCH]):
        for entry in batch:
            yield write([harmless(cell) for cell in _cells(entry)])
        last = batch[-1].pk


def harmless(cell: Any) -> str:
    """As text that no spreadsheet runs: an apostrophe before whatever could begin a formula."""
    text = "" if cell is None else str(cell)
    if text.startswith(_STARTS_FORMULA) or text.lstrip().startswith(_STARTS_FORMULA):
        return f"'{text}"
    return text


def _cells(entry: AuditEntry) -> list[Any]:
    return [
        entry.pk,
        moment(entry.at),
        entry.action,
        entry.actor and entry.actor.get_username(),
        entry.run_id,
        entry.seq,
        entry.interrupt_id,
        json.dumps(entry.data, ensure_ascii=False),
        "yes" if entry.is_erased else "",
        entry.hash,
    ]


class _Echo:
    """A file for the csv module that hands each line back."""

    def write(self, line: str) -> str:
        return line
