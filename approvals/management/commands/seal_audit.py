"""manage.py seal_audit: sign what was written since the last seal."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from approvals.audit import seals, sinks


class Command(BaseCommand):
    help = "Seal the audit entries that wait, and give the sink what it lacks. Workers do this every minute."

    def handle(self, *args: Any, **options: Any) -> None:
        for sealed in seals.seal():
            self.stdout.write(f"seal {sealed.seq}: {sealed.count} entries, root {sealed.root}")
        try:
            given = sinks.deliver()
        except OSError as error:
            raise CommandError(f"The sink could not be written: {error}") from error
        self.stdout.write(f"{given} seals written to the sink")
