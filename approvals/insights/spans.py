"""The stretch of time that numbers are about, cut into slots of equal length."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

RANGES = {
    "24h": (_("24 hours"), 1, 24),
    "7d": (_("7 days"), 6, 28),
    "30d": (_("30 days"), 24, 30),
}
"""By name: its words, the hours of a slot, and how many slots there are."""


@dataclass(frozen=True, kw_only=True)
class Span:
    """Ends with the slot that is going on now."""

    key: str
    since: datetime
    hours: int
    slots: int

    @property
    def width(self) -> timedelta:
        return timedelta(hours=self.hours)

    @property
    def until(self) -> datetime:
        return self.since + self.width * self.slots

    @property
    def words(self) -> str:
        return str(RANGES[self.key][0])

    def starts(self) -> list[datetime]:
        return [self.since + self.width * at for at in range(self.slots)]

    def label(self, start: datetime) -> str:
        local = timezone.localtime(start)
        return date_format(local, {1: "H:i", 6: "D H", 24: "j M"}[self.hours])


def span_named(key: str, *, now: datetime) -> Span:
    """The range of this name, by the reader's clock; a day for any other name."""
    known = key if key in RANGES else "24h"
    hours, slots = RANGES[known][1:]
    local = timezone.localtime(now).replace(minute=0, second=0, microsecond=0)
    current = local - timedelta(hours=local.hour % hours)
    since = current - timedelta(hours=hours * (slots - 1))
    return Span(key=known, since=since, hours=hours, slots=slots)
