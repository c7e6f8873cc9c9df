from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.contrib.auth.models import Group
from django.db import models
from django.db.models import Q

if TYPE_CHECKING:
    from django.contrib.auth.models import User


class SavedViewQuerySet(models.QuerySet["SavedView"]):
    def seen_by(self, user: User) -> Self:
        """One's own, and those shared with a group one is in now."""
        mine = user.groups.values("pk")
        return self.filter(Q(owner=user.pk) | Q(group__in=mine)).order_by("name", "pk")


class SavedView(models.Model):
    """An inbox somebody keeps coming back to: its address under a name, perhaps for a group.

    It holds no questions: whoever opens it sees what they may see anyway.
    """

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="saved_views",
        db_index=False,
    )
    name = models.CharField(max_length=40)
    query = models.CharField(max_length=600, blank=True)
    # The foreign key's own index finds the views of somebody's groups.
    group = models.ForeignKey(
        Group, on_delete=models.SET_NULL, null=True, blank=True, related_name="saved_views"
    )

    objects = SavedViewQuerySet.as_manager()

    class Meta:
        constraints = [
            # Also finds one person's views.
            models.UniqueConstraint(fields=["owner", "name"], name="saved_view_one_per_name"),
        ]

    def __str__(self) -> str:
        return self.name
