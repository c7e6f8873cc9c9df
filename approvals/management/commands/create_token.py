"""manage.py create_token USER --scope …: a bearer token of the REST API."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError

from approvals.models import Token

DEFAULT_DAYS = 365
MAX_DAYS = 3650


class Command(BaseCommand):
    help = "Create a token of the REST API and print it, once, as the last line."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("user", help="name of the user the token acts as")
        parser.add_argument(
            "--scope",
            action="extend",
            nargs="+",
            required=True,
            choices=Token.SCOPES,
            metavar="SCOPE",
            help=f"one or more of: {', '.join(Token.SCOPES)}",
        )
        parser.add_argument("--name", default="", help="what it is for, at most 100 characters")
        parser.add_argument(
            "--days",
            type=int,
            default=DEFAULT_DAYS,
            help=f"expires after so many days, 1 to {MAX_DAYS}; default {DEFAULT_DAYS}",
        )

    def handle(self, *, user: str, scope: list[str], name: str, days: int, **_: Any) -> None:
        owner = get_user_model().objects.filter(username=user).first()
        if owner is None:
            raise CommandError(f"There is no user {user!r}.")
        if not owner.is_active:
            raise CommandError(f"The user {user!r} is not active.")
        if not 1 <= days <= MAX_DAYS:
            raise CommandError(f"--days must be from 1 to {MAX_DAYS}.")
        if len(name) > Token._meta.get_field("name").max_length:
            raise CommandError("--name must have at most 100 characters.")
        token, plain = Token.objects.issue(
            user=owner, name=name, scopes=sorted(set(scope)), lifetime=timedelta(days=days)
        )
        self.stdout.write(f"Token {token.pk} of {user} for {', '.join(token.scopes)}:")
        self.stdout.write(plain)
