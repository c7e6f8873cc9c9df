from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models.functions import Now


class Opening(models.Model):
    """When a reviewer first had the page of a question before them while it waited.

    What is decided without a page, from a list or by a program, leaves none.
    """

    interrupt = models.ForeignKey(
        "approvals.Interrupt", on_delete=models.CASCADE, related_name="openings", db_index=False
    )
    reviewer = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    opened_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            # Insights: when the one who decided a question had first opened it.
            models.UniqueConstraint(fields=["interrupt", "reviewer"], name="opening_first_of_each"),
        ]

    def __str__(self) -> str:
        return f"{self.reviewer_id} at {self.interrupt_id}"
