"""Answers that are held back until there is something to say, but not for ever."""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import BoundedSemaphore, Event
from typing import TypeVar

from django.conf import settings
from django.db import connection

T = TypeVar("T")

POLL_SECONDS = 0.1

_places = BoundedSemaphore(max(1, getattr(settings, "WSGI_THREADS", 8) // 2))
"""A request that waits holds a thread of the server; the rest of them must stay free."""

closing = Event()
"""Set when the server shuts down, which should not take as long as somebody may wait."""


def wait_for(look: Callable[[], T], seen: T, *, seconds: float, is_over: Callable[[T], bool]) -> T:
    """What `look` sees once it is over, or after so long, or when too many wait already.

    `seen` is what it saw first. Between two looks the database connection is free for others.
    """
    if is_over(seen) or seconds <= 0 or not _places.acquire(blocking=False):
        return seen
    try:
        deadline = time.monotonic() + seconds
        while not is_over(seen) and (left := deadline - time.monotonic()) > 0:
            if not connection.in_atomic_block:
                connection.close()
            if closing.wait(min(POLL_SECONDS, left)):
                break
            seen = look()
    finally:
        _places.release()
    return seen
