from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    def due(self) -> Self:
        return self.filter(status=Delivery.Status.WAITING, next_at__lte=Now()).order_by("next_at")


class Delivery(models.Model):
    """A callback to be made, at least once: the outbox.

    Written in the transaction of what it tells. `webhook_id` and `body` stay the same however
    often it is tried, so that the receiver can tell a repetition.
    """

    class Status(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        DELIVERED = "delivered", _("Delivered")
        FAILED = "failed", _("Failed")

    request = models.ForeignKey(
        "approvals.ExternalRequest",
        on_delete=models.PROTECT,
        related_name="deliveries",
        db_index=False,
    )
    event = models.CharField(max_length=40)
    webhook_id = models.CharField(max_length=64, unique=True)
    body = models.TextField()
    status = models.CharField(max_length=10, choices=Status, default=Status.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField(db_default=Now())
    last_error = models.TextField(blank=True)
    created_at = models.DateTimeField(db_default=Now())
    delivered_at = models.DateTimeField(null=True, blank=True)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "deliveries"
        constraints = [
            models.UniqueConstraint(fields=["request", "event"], name="delivery_one_per_event"),
        ]
        indexes = [
            # What to try now, longest overdue first.
            models.Index(
                fields=["next_at"], condition=Q(status="waiting"), name="delivery_waiting"
            ),
            # The admin's list, newest first.
            models.Index(fields=["-created_at", "-id"], name="delivery_newest"),
        ]

    def __str__(self) -> str:
        said = {"event": self.event, "request": self.request_id}
        return gettext("%(event)s of request %(request)s") % said
