"""manage.py check_compat: run before a deploy, with the code that is to be deployed."""

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import ProgrammingError

from agents import registry
from approvals.services.fitting import misfits

SHOWN = 20


class Command(BaseCommand):
    help = (
        "List the waiting questions whose answers the code at hand could not take. "
        "A worker with this code would hold them. The exit code is 1 if there are any."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            found = misfits(registry.load_all())
        except registry.BadAgentPath as error:
            raise CommandError(str(error)) from error
        except ProgrammingError as error:
            raise CommandError("The database is older than this code: migrate a copy.") from error
        for one in found:
            ids = ", ".join(map(str, one.questions[:SHOWN]))
            more = f" and {len(one.questions) - SHOWN} more" if len(one.questions) > SHOWN else ""
            self.stdout.write(f"{one.agent_key}, questions {ids}{more}: {one.reason}")
        count = sum(len(one.questions) for one in found)
        self.stdout.write(f"{count} waiting questions would be held")
        if count:
            sys.exit(1)
