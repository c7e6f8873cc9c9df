"""manage.py verify_audit: is the history the one that was written? Exits with 1 when it is not."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from approvals import audit
from approvals.audit import keys
from approvals.audit.report import Report
from approvals.audit.verify import verify
from approvals.models import AuditEntry

SHOWN = 20


class Command(BaseCommand):
    help = "Check every entry, every seal and the copies of the seals; name the first bad entry."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--since",
            type=datetime.fromisoformat,
            help="check only what was written since this day or time (ISO 8601, UTC)",
        )
        parser.add_argument(
            "--sink",
            default=settings.LANGVEL_AUDIT_SINK,
            help="file with copies of the seals; default LANGVEL_AUDIT_SINK",
        )
        parser.add_argument(
            "--unrecorded",
            action="store_true",
            help="write no entry about this check, for a role that may only read",
        )

    def handle(
        self, *, since: datetime | None, sink: str, unrecorded: bool, **options: Any
    ) -> None:
        if since is not None and since.tzinfo is None:
            since = since.replace(tzinfo=UTC)
        report = verify(since=since, sink=sink)
        if not unrecorded:
            _record(report, since=since)
        self._tell(report)
        if not report.is_whole:
            raise CommandError(
                f"The history has been changed: {len(report.problems)} problems.", returncode=1
            )
        self.stdout.write("The history is whole.")

    def _tell(self, report: Report) -> None:
        self.stdout.write(
            f"Checked {report.entries} entries and {report.seals} seals; "
            f"{report.waiting} wait for a seal, {report.erased} are erased."
        )
        self.stdout.write(f"Keys trusted: {', '.join(sorted(keys.trusted_keys()))}")
        for note in report.notes:
            self.stdout.write(f"Note: {note}")
        if report.first_bad_entry is not None:
            self.stdout.write(f"First bad entry: {_described(report.first_bad_entry)}")
        for problem in report.sorted_problems()[:SHOWN]:
            self.stdout.write(f"- {problem}")
        if len(report.problems) > SHOWN:
            self.stdout.write(f"- and {len(report.problems) - SHOWN} more")


def _described(entry_id: int) -> str:
    entry = AuditEntry.objects.filter(pk=entry_id).first()
    if entry is None:
        return f"{entry_id}, which is gone"
    return f"{entry_id}, {entry}, {entry.at.isoformat()}, {entry.action}"


def _record(report: Report, *, since: datetime | None) -> None:
    audit.append(
        None,
        "audit.verified",
        ok=report.is_whole,
        problems=len(report.problems),
        entries=report.entries,
        seals=report.seals,
        since=since,
    )
