"""manage.py callback_secret USER: what callbacks to that person's programs are signed with."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError

from approvals.callbacks.signing import secrets_of


class Command(BaseCommand):
    help = "Print the secret that callbacks for a person's requests are signed with."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("user", help="name of the user whose tokens ask")

    def handle(self, *, user: str, **_: Any) -> None:
        owner = get_user_model().objects.filter(username=user).first()
        if owner is None:
            raise CommandError(f"There is no user {user!r}.")
        self.stdout.write(secrets_of(owner.pk)[0])
