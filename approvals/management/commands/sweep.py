"""manage.py sweep: apply the deadlines that have passed."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from approvals.deadlines import sweep
from approvals.telling import tell_supervisors


class Command(BaseCommand):
    help = (
        "Reject, escalate or keep the questions that nobody answered in time, as each of them "
        "says. Workers do this every five seconds."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        done = sweep()
        for one in done:
            self.stdout.write(f"question {one.question_id} {one.what}: {one.why}")
        counts = (
            f"{sum(one.what == what for one in done)} {what}"
            for what in ("rejected", "escalated", "kept")
        )
        self.stdout.write(", ".join(counts))
        self.stdout.write(f"supervisors told of {tell_supervisors()}")
        if failed := sum(one.what == "failed" for one in done):
            raise CommandError(f"{failed} deadlines could not be applied; they are tried again.")
