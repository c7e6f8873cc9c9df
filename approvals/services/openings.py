"""Who opened which question, and when first: what decision time is counted from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from approvals import permissions
from approvals.models import Interrupt, Opening

if TYPE_CHECKING:
    from django.contrib.auth.models import User


def note_opened(question: Interrupt, *, reviewer: User) -> None:
    """Remember the first time; of two at once, one is kept. Only of those who could decide it."""
    if question.is_pending and permissions.can_decide(reviewer, question):
        Opening.objects.bulk_create(
            [Opening(interrupt=question, reviewer=reviewer)], ignore_conflicts=True
        )
