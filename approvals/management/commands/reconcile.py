"""manage.py reconcile: have every run driven that no job and no row explains; say what needs a person."""

from collections import Counter
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from approvals.driving.explaining import broken_promises, explanations, wanted
from approvals.driving.looking import look_around
from approvals.driving.reconcile import reconcile


class Command(BaseCommand):
    help = (
        "Queue the runs that stand still for no reason, look for threads that other programs "
        "changed, and list the runs that need a person. Workers do the first two all the time."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--check",
            action="store_true",
            help="change nothing; fail when a run has stood still for a minute for no reason",
        )

    def handle(self, *args: Any, check: bool, **options: Any) -> None:
        if check:
            self._check()
        else:
            self._reconcile()
        for one in wanted():
            self.stdout.write(f"needs attention: run {one.run_id} {one.why}")

    def _reconcile(self) -> None:
        found = reconcile()
        for run_id in found:
            self.stdout.write(f"run {run_id}")
        self.stdout.write(f"{len(found)} unexplained")
        for run_id in look_around().runs:
            self.stdout.write(f"run {run_id} looks changed from outside")

    def _check(self) -> None:
        for why, count in sorted(Counter(explanations().values()).items()):
            self.stdout.write(f"{count} explained by {why}")
        if broken := broken_promises():
            names = ", ".join(map(str, broken[:20]))
            raise CommandError(f"{len(broken)} runs stand still and nothing explains it: {names}")
