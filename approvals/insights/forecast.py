"""Where the queue is heading, by what came and what was decided."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from approvals.insights.spans import Span

SLIGHT = 0.1
"""Questions an hour that nobody would notice."""

FAR = timedelta(days=365)


@dataclass(frozen=True, kw_only=True)
class Forecast:
    """`empty_in` is None when the queue does not shrink."""

    waiting: int
    asked_per_hour: float
    decided_per_hour: float

    @property
    def growth(self) -> float:
        return self.asked_per_hour - self.decided_per_hour

    @property
    def empty_in(self) -> timedelta | None:
        if not self.waiting or self.growth > -SLIGHT:
            return None
        return min(timedelta(hours=self.waiting / -self.growth), FAR)


def forecast(
    span: Span, *, waiting: int, asked: Sequence[int], decided: Sequence[int], now: datetime
) -> Forecast:
    """Hours before the first event do not count: a site that is an hour old has no slow day."""
    first = next((at for at, both in enumerate(zip(asked, decided, strict=True)) if any(both)), 0)
    began = span.since + span.width * first
    hours = max((now - began) / timedelta(hours=1), 1.0)
    return Forecast(
        waiting=waiting, asked_per_hour=sum(asked) / hours, decided_per_hour=sum(decided) / hours
    )
