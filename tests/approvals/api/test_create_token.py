from __future__ import annotations

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from approvals.models import Token
from tests.approvals.api.client import V1, with_bearer
from tests.factories import make_user

pytestmark = pytest.mark.django_db


def created(*arguments: str) -> str:
    """What the command prints, its last line."""
    out = StringIO()
    call_command("create_token", *arguments, stdout=out)
    return out.getvalue().splitlines()[-1]


def test_the_last_line_printed_is_a_token_that_works() -> None:
    make_user("bob", "reviewers")

    plain = created("bob", "--scope", "*")

    assert with_bearer(plain).get(f"{V1}/runs/").status_code == 200


def test_a_token_has_the_scopes_the_name_and_the_lifetime_asked_for() -> None:
    make_user("bob")

    created(
        "bob", "--scope", "runs:read", "agents:read", "--scope", "runs:write",
        "--name", "nightly", "--days", "7",
    )  # fmt: skip

    token = Token.objects.get()
    assert (token.scopes, token.name) == (["agents:read", "runs:read", "runs:write"], "nightly")
    left = token.expires_at - timezone.now()
    assert timedelta(days=6, hours=23) < left <= timedelta(days=7)


def test_a_token_expires_after_a_year_when_nothing_is_said() -> None:
    make_user("bob")

    created("bob", "--scope", "*")

    assert (Token.objects.get().expires_at - timezone.now()).days in (364, 365)


@pytest.mark.parametrize(
    "arguments",
    [
        ["nobody", "--scope", "*"],
        ["bob"],
        ["bob", "--scope", "everything"],
        ["bob", "--scope", "*", "--days", "0"],
        ["bob", "--scope", "*", "--days", "999999999"],
        ["bob", "--scope", "*", "--name", "x" * 101],
        ["gone", "--scope", "*"],
    ],
)
def test_what_makes_no_sense_makes_no_token(arguments: list[str]) -> None:
    make_user("bob")
    make_user("gone", is_active=False)

    with pytest.raises(CommandError):
        created(*arguments)

    assert not Token.objects.exists()
