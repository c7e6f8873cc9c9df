from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from django.db import models

from approvals.permissions import sees_everything

if TYPE_CHECKING:
    from django.contrib.auth.models import User


class VisibleQuerySet(models.QuerySet[Any]):
    """Rows of runs. The one rule of who sees what, for pages, API, sockets and admin."""

    def visible_to(self, user: User) -> Self:
        """Everything for those who may see the whole queue, else what the user asked for."""
        if sees_everything(user):
            return self
        if not user.is_active or user.pk is None:
            return self.none()
        return self.filter(requested_by=user.pk)
