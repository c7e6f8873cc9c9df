"""How a person wants the pages. Read with who is signed in, so every browser follows at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import HttpRequest

from approvals.models import Interrupt, UserPreferences
from approvals.policy import terms_of

if TYPE_CHECKING:
    from django.contrib.auth.models import User


def chosen_by(request: HttpRequest) -> UserPreferences:
    """This person's row; the usual, not stored, where nothing was chosen."""
    try:
        return request.user.preferences
    except UserPreferences.DoesNotExist:
        return UserPreferences(user_id=request.user.pk)


def choose(user: User, **wanted: object) -> None:
    """Keep these, and leave the rest as it is."""
    UserPreferences.objects.update_or_create(user=user, defaults=wanted)


def window_of(request: HttpRequest, question: Interrupt) -> int:
    """For how many seconds this person can take back a decision of it: never less than its policy
    says."""
    return max(terms_of(question).undo_seconds, chosen_by(request).undo_seconds)
