from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models.functions import Now

from approvals.models.fields import OrderedJSONField


class AuditEntry(models.Model):
    """One line of history, never edited. Entries of a run form a chain: each names the hash before it."""

    run = models.ForeignKey(
        "approvals.Run", on_delete=models.PROTECT, related_name="audit_entries", db_index=False
    )
    seq = models.PositiveIntegerField()
    interrupt = models.ForeignKey(
        "approvals.Interrupt",
        on_delete=models.PROTECT,
        related_name="audit_entries",
        null=True,
        blank=True,
    )
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="audit_entries",
        null=True,
        blank=True,
    )
    action = models.CharField(max_length=40)
    data = OrderedJSONField(default=dict)
    at = models.DateTimeField(db_default=Now())
    prev_hash = models.CharField(max_length=64, blank=True)
    hash = models.CharField(max_length=64)

    class Meta:
        verbose_name_plural = "audit entries"
        constraints = [
            models.UniqueConstraint(fields=["run", "seq"], name="audit_one_entry_per_place"),
        ]
        indexes = [
            # The audit list, newest first, and by time.
            models.Index(fields=["-at", "-id"], name="audit_newest"),
            # What one person did.
            models.Index(fields=["actor", "-id"], name="audit_of_actor"),
        ]

    def __str__(self) -> str:
        return f"{self.action} #{self.seq} of run {self.run_id}"
