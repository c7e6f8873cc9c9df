from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from approvals.models.visible import VisibleQuerySet


class ExternalRequest(models.Model):
    """What a program asked of people by the API, without a graph: one run with one question.

    Its id is the run's. `key` is the Idempotency-Key it came with, kept for as long as the
    request is, so that a program that is run again months later finds what it asked.
    """

    run = models.OneToOneField(
        "approvals.Run", on_delete=models.PROTECT, related_name="asked", primary_key=True
    )
    interrupt = models.OneToOneField(
        "approvals.Interrupt", on_delete=models.PROTECT, related_name="asked"
    )
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    key = models.CharField(max_length=255, blank=True)
    fingerprint = models.CharField(max_length=64)
    callback_url = models.TextField(blank=True)

    objects = VisibleQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["requested_by", "key"],
                condition=~Q(key=""),
                name="external_request_one_per_key",
            ),
        ]

    def __str__(self) -> str:
        return f"Request {self.pk}"
