"""What one person may know of the numbers: of every run, or of those they asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils import timezone

from approvals.insights.figures import Figures, count
from approvals.insights.spans import Span, span_named
from approvals.models import Interrupt
from approvals.permissions import sees_everything

if TYPE_CHECKING:
    from django.contrib.auth.models import User

MOST_WAITING = 10_000
"""Counting stops there; "10,000+" says enough."""


def counted_for(user: User, *, range: str) -> tuple[Span, Figures]:
    span = span_named(range, now=timezone.now())
    return span, count(span, person=None if sees_everything(user) else user.pk)


def waiting_for(user: User) -> tuple[int, int]:
    """How many wait and how many of them are overdue, each counted up to one beyond the limit."""
    pending = Interrupt.objects.visible_to(user).pending().order_by()
    overdue = pending.filter(due_at__lte=timezone.now())
    return pending[: MOST_WAITING + 1].count(), overdue[: MOST_WAITING + 1].count()
