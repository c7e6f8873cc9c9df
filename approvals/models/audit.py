from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext

from approvals.models.audit_actions import action_label
from approvals.models.fields import OrderedJSONField


class AuditEntry(models.Model):
    """One line of history, never edited. Entries of a run form a chain: each names the hash before it.

    Entries of no run form the site's chain. `facts` are part of the hash; of `personal` only a
    salted commitment is, so that it can be erased. The database refuses every other change.
    """

    run = models.ForeignKey(
        "approvals.Run",
        on_delete=models.PROTECT,
        related_name="audit_entries",
        db_index=False,
        null=True,
        blank=True,
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
        db_index=False,
    )
    action = models.CharField(max_length=40)
    facts = OrderedJSONField(default=dict)
    personal = OrderedJSONField(null=True, blank=True)
    salt = models.CharField(max_length=32, null=True, blank=True)  # noqa: DJ001 (null: erased)
    commitment = models.CharField(max_length=64, blank=True)
    at = models.DateTimeField(db_default=Now())
    prev_hash = models.CharField(max_length=64, blank=True)
    hash = models.CharField(max_length=64)

    class Meta:
        verbose_name_plural = "audit entries"
        constraints = [
            models.UniqueConstraint(fields=["run", "seq"], name="audit_one_entry_per_place"),
            # Also finds the head of the site's chain.
            models.UniqueConstraint(
                fields=["seq"], condition=Q(run=None), name="audit_one_site_entry_per_place"
            ),
        ]
        indexes = [
            # The audit list, newest first, and by time.
            models.Index(fields=["-at", "-id"], name="audit_newest"),
            # What one person did, newest first.
            models.Index(fields=["actor", "-at", "-id"], name="audit_of_actor"),
            # Every denied attempt, every failed sign-in, newest first.
            models.Index(fields=["action", "-at", "-id"], name="audit_of_action"),
        ]

    def __str__(self) -> str:
        said = {"action": action_label(self.action), "seq": self.seq, "run": self.run_id}
        if self.run_id is None:
            return gettext("%(action)s #%(seq)s of the site") % said
        return gettext("%(action)s #%(seq)s of run %(run)s") % said

    @property
    def data(self) -> dict[str, Any]:
        """Everything it says; without the personal half once that is erased."""
        return {**self.facts, **(self.personal or {})}

    @property
    def is_erased(self) -> bool:
        return bool(self.commitment) and self.personal is None


class AuditUnsealed(models.Model):
    """Entries that wait for a seal. A trigger puts them here, so that none is ever missed."""

    entry_id = models.BigIntegerField(primary_key=True)
    hash = models.CharField(max_length=64)

    class Meta:
        verbose_name_plural = "unsealed audit entries"

    def __str__(self) -> str:
        return f"entry {self.entry_id}"


class AuditSeal(models.Model):
    """A signature under a number of entries and under the seal before.

    `entries` are ranges of ids, `leaves` the hashes of those entries, 32 bytes each, in order.
    """

    seq = models.PositiveBigIntegerField(unique=True)
    at = models.DateTimeField()
    entries = OrderedJSONField()
    count = models.PositiveIntegerField()
    leaves = models.BinaryField()
    root = models.CharField(max_length=64)
    prev_hash = models.CharField(max_length=64, blank=True)
    key = models.CharField(max_length=64)
    signature = models.CharField(max_length=128)

    class Meta:
        indexes = [
            # Verifying what was sealed since a day.
            models.Index(fields=["at"], name="seal_by_time"),
        ]

    def __str__(self) -> str:
        return gettext("seal %(seq)s") % {"seq": self.seq}


class AuditSink(models.Model):
    """How far an external place has been given the seals."""

    address = models.CharField(max_length=64, unique=True)
    """SHA-256 of it: an address may hold a password."""
    delivered = models.PositiveBigIntegerField(default=0)

    def __str__(self) -> str:
        return f"sink {self.address[:8]}"
