"""Bearer tokens: who holds one acts as its owner, within its scopes."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from approvals.models import Token

if TYPE_CHECKING:
    from django.contrib.auth.models import User

KEYWORD = "Bearer"
USED_AGAIN_AFTER = timedelta(minutes=1)


class TokenAuthentication(BaseAuthentication):
    """`Authorization: Bearer lv_…`. A token that is no good is refused, whoever is signed in."""

    def authenticate(self, request: Request) -> tuple[User, Token] | None:
        scheme, _, plain = get_authorization_header(request).decode("latin-1").partition(" ")
        if scheme.lower() != KEYWORD.lower():
            return None
        token = Token.objects.usable(plain.strip()).select_related("user").first()
        if token is None:
            raise AuthenticationFailed(
                gettext("The token is unknown, expired or its owner is inactive.")
            )
        _note_use(token)
        return token.user, token

    def authenticate_header(self, request: Request) -> str:
        return f'{KEYWORD} realm="api"'


def auth_method(request: Request) -> str:
    """As kept with a decision: by which kind of proof the actor was known."""
    return "token" if isinstance(request.auth, Token) else "session"


def _note_use(token: Token) -> None:
    """Once a minute: a row written by every request would be the busiest one of all."""
    if token.last_used_at and timezone.now() - token.last_used_at < USED_AGAIN_AFTER:
        return
    unused = Q(last_used_at=None) | Q(last_used_at__lte=Now() - USED_AGAIN_AFTER)
    Token.objects.filter(unused, pk=token.pk).update(last_used_at=Now())
