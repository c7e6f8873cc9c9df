from __future__ import annotations

from django.db import models
from django.db.models.functions import Now


class UnknownType(models.Model):
    """A type in an agent's checkpoints that the agent does not declare.

    Nothing is built from it: steps and pages get its fields as plain data.
    """

    agent = models.ForeignKey(
        "approvals.Agent", on_delete=models.CASCADE, related_name="unknown_types", db_index=False
    )
    name = models.CharField(max_length=300)
    times = models.PositiveBigIntegerField()
    first_met = models.DateTimeField(db_default=Now())
    last_met = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["name"]
        constraints = [
            # Also what the agent's page reads.
            models.UniqueConstraint(fields=["agent", "name"], name="unknown_type_one_row_each"),
        ]

    def __str__(self) -> str:
        return self.name
