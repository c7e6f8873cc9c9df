"""Dates and times as JSON writes them."""

from __future__ import annotations

import re
from datetime import datetime, time

_MOMENT = re.compile(
    r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(:\d\d(\.\d+)?)?([Zz]|[+-]\d\d:\d\d)?", re.ASCII
)
_CLOCK = re.compile(r"\d\d:\d\d(:\d\d(\.\d+)?)?([Zz]|[+-]\d\d:\d\d)?", re.ASCII)


def read_moment(text: str) -> datetime | None:
    """The moment a JSON date-time names, naive when it has no offset, None when it is no moment."""
    if not _MOMENT.fullmatch(text):
        return None
    try:
        return datetime.fromisoformat(text.upper())
    except ValueError:
        return None


def read_clock(text: str) -> time | None:
    """The time of day a JSON time names, None when it is none."""
    if not _CLOCK.fullmatch(text):
        return None
    try:
        return time.fromisoformat(text.upper())
    except ValueError:
        return None
