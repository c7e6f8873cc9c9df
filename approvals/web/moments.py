"""Moments and spans as people say them. static/js/times.js says the same, later."""

from __future__ import annotations

from datetime import datetime, timedelta

_MINUTE = timedelta(minutes=1)
_UNITS = ((86_400, "d"), (3_600, "h"), (60, "min"))


def span(delta: timedelta) -> str:
    """The largest whole unit: "3 min", "2 h", "5 d"."""
    seconds = int(delta.total_seconds())
    for size, unit in _UNITS:
        if seconds >= size:
            return f"{seconds // size} {unit}"
    return "< 1 min"


def ago(moment: datetime, now: datetime) -> str:
    return "just now" if now - moment < _MINUTE else f"{span(now - moment)} ago"


def deadline(moment: datetime, now: datetime) -> str:
    """`due`, where no heading says what the time is."""
    words = due(moment, now)
    return words if moment <= now else f"due {words}"


def due(moment: datetime, now: datetime) -> str:
    if moment <= now:
        return f"overdue by {span(now - moment)}"
    return f"in {span(moment - now)}"
