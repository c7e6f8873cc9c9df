from __future__ import annotations

from datetime import timedelta
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models.functions import Now

from approvals.models.fields import OrderedJSONField

KEPT_DAYS = 30


class ReviewDraftQuerySet(models.QuerySet["ReviewDraft"]):
    def outdated(self) -> Self:
        return self.filter(saved_at__lt=Now() - timedelta(days=KEPT_DAYS))


class ReviewDraft(models.Model):
    """What a reviewer had typed into the form of a question when they last stopped.

    `form` are the controls as the browser would post them, `changes` what they amount to, one
    list for each action: `{pointer, before, after}`, a side left out where there is no value.
    """

    interrupt = models.ForeignKey(
        "approvals.Interrupt", on_delete=models.CASCADE, related_name="drafts", db_index=False
    )
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    version = models.PositiveIntegerField()
    digest = models.CharField(max_length=64)
    form = OrderedJSONField()
    changes = OrderedJSONField()
    saved_at = models.DateTimeField(db_default=Now())

    objects = ReviewDraftQuerySet.as_manager()

    class Meta:
        constraints = [
            # Also finds what one person left behind on earlier questions of a run.
            models.UniqueConstraint(fields=["person", "interrupt"], name="draft_one_each"),
        ]
        indexes = [
            # tidy: what nobody came back to.
            models.Index(fields=["saved_at"], name="draft_outdated"),
        ]

    def __str__(self) -> str:
        return f"Draft of {self.person_id} for question {self.interrupt_id}"
