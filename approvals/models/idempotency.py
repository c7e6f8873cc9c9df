from __future__ import annotations

from datetime import timedelta
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models.functions import Now

from approvals.models.fields import OrderedJSONField

KEPT = timedelta(days=7)
"""How long a repeated request gets its first answer."""


class IdempotencyKeyQuerySet(models.QuerySet["IdempotencyKey"]):
    def outdated(self) -> Self:
        return self.filter(created_at__lt=Now() - KEPT)


class IdempotencyKey(models.Model):
    """The answer given to a POST that carried a key, so that a repetition gets the same one.

    Written in the transaction of what it answers for: both exist or neither does.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    key = models.CharField(max_length=255)
    fingerprint = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(default=0)
    body = OrderedJSONField(null=True)
    created_at = models.DateTimeField(db_default=Now())

    objects = IdempotencyKeyQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "key"], name="idempotency_one_per_key"),
        ]
        indexes = [
            # Removal of keys past their keeping time.
            models.Index(fields=["created_at"], name="idempotency_age"),
        ]

    def __str__(self) -> str:
        return self.key
