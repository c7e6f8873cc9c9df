"""Moments and spans as people say them. static/js/times.js says the same, later."""

from __future__ import annotations

from datetime import datetime, timedelta

_UNITS = ((86_400, "d"), (3_600, "h"), (60, "min"))


def span(delta: timedelta) -> str:
    """The largest whole unit: "3 min", "2 h", "5 d"; under a minute "now"."""
    seconds = int(delta.total_seconds())
    for size, unit in _UNITS:
        if seconds >= size:
            return f"{seconds // size} {unit}"
    return "now"


def ago(moment: datetime, now: datetime) -> str:
    text = span(now - moment)
    return "just now" if text == "now" else f"{text} ago"


def due(moment: datetime, now: datetime) -> str:
    if moment <= now:
        return f"overdue {span(now - moment)}".replace(" now", "")
    return f"in {span(moment - now)}".replace("in now", "now")
