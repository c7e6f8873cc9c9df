from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta
from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext

if TYPE_CHECKING:
    from django.contrib.auth.models import User

PREFIX = "lv_"


class TokenQuerySet(models.QuerySet["Token"]):
    def usable(self, plain: str) -> Self:
        """The token of that plain text, unless it expired or its owner was deactivated."""
        return self.filter(
            Q(expires_at__isnull=True) | Q(expires_at__gt=Now()),
            digest=digest_of(plain),
            user__is_active=True,
        )

    def issue(
        self, *, user: User, name: str, scopes: list[str], lifetime: timedelta | None
    ) -> tuple[Token, str]:
        """A new token and its plain text, which is shown once and stored nowhere."""
        plain = PREFIX + secrets.token_urlsafe(32)
        token = self.create(
            user=user,
            name=name,
            scopes=scopes,
            digest=digest_of(plain),
            expires_at=None if lifetime is None else Now() + lifetime,
        )
        return token, plain


def digest_of(plain: str) -> str:
    """Tokens carry 256 random bits, so a plain hash is as strong as a slow one."""
    return hashlib.sha256(plain.encode("utf-8", "replace")).hexdigest()


class Token(models.Model):
    """A bearer token of the REST API. Only its hash is stored."""

    SCOPES = (
        "*",
        "agents:read",
        "runs:read",
        "runs:write",
        "interrupts:read",
        "interrupts:decide",
        "interrupts:comment",
        "requests:read",
        "requests:write",
        "audit:read",
        "insights:read",
    )

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="api_tokens"
    )
    name = models.CharField(max_length=100, blank=True)
    digest = models.CharField(max_length=64, unique=True)
    scopes = ArrayField(models.CharField(max_length=40), default=list)
    created_at = models.DateTimeField(db_default=Now())
    expires_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)

    objects = TokenQuerySet.as_manager()

    def __str__(self) -> str:
        return self.name or gettext("Token %(pk)s") % {"pk": self.pk}

    def allows(self, scope: str) -> bool:
        return "*" in self.scopes or scope in self.scopes
