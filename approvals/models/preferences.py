from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from langvel.core.policy import MAX_UNDO_SECONDS


class UserPreferences(models.Model):
    """How one person wants the pages."""

    class Density(models.TextChoices):
        COMFORTABLE = "comfortable", _("Comfortable")
        COMPACT = "compact", _("Compact")

    class After(models.TextChoices):
        NEXT = "next"
        LIST = "list"
        STAY = "stay"

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        primary_key=True,
        related_name="preferences",
    )
    keys_on = models.BooleanField(default=True)
    # What is pressed instead, by the usual key: {"a": "y"}.
    keys = models.JSONField(default=dict, blank=True)
    density = models.CharField(max_length=11, choices=Density, default=Density.COMFORTABLE)
    after_decision = models.CharField(max_length=4, choices=After, default=After.NEXT)
    # Empty: as the browser asks. Which languages there are, the settings say, not the table.
    language = models.CharField(max_length=16, blank=True, default="")
    # Off: pages stand still until asked.
    live_on = models.BooleanField(default=True)
    # How long a decision can be taken back at least; a policy's longer window stays.
    undo_seconds = models.PositiveSmallIntegerField(default=0)

    class Meta:
        verbose_name_plural = "user preferences"
        constraints = [
            models.CheckConstraint(
                condition=Q(density__in=["comfortable", "compact"]),
                name="preferences_density_known",
            ),
            models.CheckConstraint(
                condition=Q(after_decision__in=["next", "list", "stay"]),
                name="preferences_after_known",
            ),
            models.CheckConstraint(
                condition=Q(undo_seconds__lte=MAX_UNDO_SECONDS), name="preferences_undo_in_reach"
            ),
        ]

    def __str__(self) -> str:
        return f"preferences of {self.user}"
