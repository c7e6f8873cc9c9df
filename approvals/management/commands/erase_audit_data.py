"""manage.py erase_audit_data: forget what is personal in entries; the history still verifies."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError
from django.db.models import QuerySet

from approvals.audit.erasing import entries_about, entries_of_runs, erase
from approvals.models import AuditEntry


class Command(BaseCommand):
    help = "Erase reasons, edited values, names and addresses in audit entries, for good."

    def add_arguments(self, parser: ArgumentParser) -> None:
        which = parser.add_mutually_exclusive_group(required=True)
        which.add_argument("--user", help="everything about this person")
        which.add_argument("--run", type=int, nargs="+", help="everything about these runs")
        which.add_argument("--entry", type=int, nargs="+", help="these entries")
        parser.add_argument("--reason", required=True, help="why; it is kept in the history")
        parser.add_argument("--by", help="name of the user on whose account this is done")

    def handle(self, *, reason: str, by: str | None, **options: Any) -> None:
        actor = _user(by) if by else None
        erased = erase(_selected(options), actor=actor, reason=reason)
        self.stdout.write(f"{len(erased)} entries erased")


def _selected(options: dict[str, Any]) -> QuerySet[AuditEntry]:
    if options["user"]:
        return entries_about(_user(options["user"]))
    if options["run"]:
        return entries_of_runs(options["run"])
    return AuditEntry.objects.filter(pk__in=options["entry"])


def _user(name: str) -> Any:
    found = get_user_model().objects.filter(username=name).first()
    if found is None:
        raise CommandError(f"There is no user {name!r}.")
    return found
