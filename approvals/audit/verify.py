"""Verifying: is the history in the database the one that was written?"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from django.db import connection, transaction

from approvals.audit.check_entries import EntryCheck, check_decisions
from approvals.audit.check_seals import SealCheck, check_copies, copies_by_seal
from approvals.audit.report import Problem, Report
from approvals.audit.sinks import delivered, file_of, read_lines


def verify(*, since: datetime | None = None, sink: str = "") -> Report:
    """Compare entries, seals, decisions and, when `sink` is a file, the copies of seals in it.

    With `since` only what was written and sealed from then on. Changes nothing, and sees the
    database as it is at one moment, however long it takes.
    """
    report = Report()
    # Before the snapshot: whatever a sink holds is then in the database.
    path = file_of(sink) if sink else None
    copies, differing = copies_by_seal(read_lines(path)) if path and path.exists() else ({}, [])
    with transaction.atomic():
        _see_one_moment()
        seals = SealCheck(since=since)
        report.problems += seals.problems()
        entries = EntryCheck(since=since, covered=seals.covered)
        report.problems += entries.problems()
        report.problems += check_decisions(since)
        report.problems += check_copies(copies, seals)
        given = delivered(sink) if sink else 0
    report.entries, report.seals = entries.count, seals.count
    report.erased, report.waiting = len(entries.erased), entries.waiting
    report.problems += [
        Problem(seal=seq, text="has two copies outside that differ.") for seq in differing
    ]
    _compare_deliveries(report, sink=sink, path=path, given=given, copies=set(copies))
    return report


def _see_one_moment() -> None:
    """Within somebody else's transaction there is nothing to choose any more."""
    if len(connection.savepoint_ids) == 0:
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")


def _compare_deliveries(
    report: Report, *, sink: str, path: Path | None, given: int, copies: set[int]
) -> None:
    if not sink:
        report.notes.append("No copies of seals are kept outside: a cut-off end goes unnoticed.")
    elif path is None:
        report.notes.append(
            "The copies of seals at a server were not compared: fetch them as a file."
        )
    else:
        missing = sorted(set(range(1, given + 1)) - copies)
        report.problems += [
            Problem(seal=seq, text=f"was written to {path} and is no longer there.")
            for seq in missing
        ]
