"""manage.py reconcile: have every run driven that no job and no row explains."""

from typing import Any

from django.core.management.base import BaseCommand

from approvals.reconcile import reconcile


class Command(BaseCommand):
    help = "Queue the runs that stand still for no reason. Workers do this every ten seconds."

    def handle(self, *args: Any, **options: Any) -> None:
        found = reconcile()
        for run_id in found:
            self.stdout.write(f"run {run_id}")
        self.stdout.write(f"{len(found)} unexplained")
