"""manage.py sync_remote: look now for what waits on Agent Servers."""

from typing import Any

from asgiref.sync import async_to_sync
from django.core.management.base import BaseCommand, CommandError

from approvals.remote.syncing import sync_all


class Command(BaseCommand):
    help = "Find the threads that wait on Agent Servers. Workers do this every ten seconds."

    def handle(self, *args: Any, **options: Any) -> None:
        done = async_to_sync(sync_all)()
        for one in done:
            told = one.problem or f"{one.found} found, {one.followed} followed"
            self.stdout.write(f"{one.agent_key}: {told}")
        if any(one.problem for one in done):
            raise CommandError("Not every Agent Server answered.")
