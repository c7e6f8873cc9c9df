"""When a snoozed question comes back, as people say it and by their own clock."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

MORNING = {"hour": 9, "minute": 0, "second": 0, "microsecond": 0}


def _in(**span: float) -> Callable[[datetime], datetime]:
    return lambda now: now + timedelta(**span)


def _tomorrow(now: datetime) -> datetime:
    return (now + timedelta(days=1)).replace(**MORNING)


def _monday(now: datetime) -> datetime:
    return (now + timedelta(days=7 - now.weekday())).replace(**MORNING)


CHOICES: dict[str, tuple[Any, Callable[[datetime], datetime]]] = {
    "hour": (_("1 hour"), _in(hours=1)),
    "hours": (_("3 hours"), _in(hours=3)),
    "tomorrow": (_("Until tomorrow, 9:00"), _tomorrow),
    "monday": (_("Until Monday, 9:00"), _monday),
}
LABELS = [(name, label) for name, (label, _) in CHOICES.items()]


def moment_of(choice: str) -> datetime | None:
    """The moment of a choice, counted from now in the reader's zone; None for no choice of ours."""
    if choice not in CHOICES:
        return None
    return CHOICES[choice][1](timezone.localtime())
