from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now


class EscalationQuerySet(models.QuerySet["Escalation"]):
    def to_tell(self) -> Self:
        """Those whose supervisors have no mail yet, and whose time for the next try has come."""
        return self.filter(told_at=None, try_at__lte=Now())


class Escalation(models.Model):
    """A question that was handed to the supervisors, why, and whether they have been told.

    The row is also the outbox of the mail: it is there when the question is, and is locked while
    the mail is on its way.
    """

    interrupt = models.OneToOneField(
        "approvals.Interrupt", on_delete=models.PROTECT, related_name="escalation"
    )
    reason = models.TextField()
    created_at = models.DateTimeField(db_default=Now())
    told_at = models.DateTimeField(null=True, blank=True)
    try_at = models.DateTimeField(db_default=Now())
    problem = models.TextField(default="", db_default="", blank=True)

    objects = EscalationQuerySet.as_manager()

    class Meta:
        indexes = [
            # Mails that are still to be sent.
            models.Index(
                fields=["try_at", "id"], condition=Q(told_at=None), name="escalation_to_tell"
            ),
        ]

    def __str__(self) -> str:
        return f"question {self.interrupt_id} escalated"
