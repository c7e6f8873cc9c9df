"""Patterns come from strangers, and some keep a matcher busy for ever; here not for long.

Python's own `re` cannot be stopped once it has begun, and lets nobody else run meanwhile.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import regex

BUDGET_SECONDS = 1.0
"""For all the patterns of one value together."""

_until: ContextVar[float] = ContextVar("until")


class TooSlow(Exception):
    """The pattern was not done with the text in time."""


@contextmanager
def limited_time() -> Iterator[None]:
    """Within, all matching together takes no longer than the budget."""
    token = _until.set(time.monotonic() + BUDGET_SECONDS)
    try:
        yield
    finally:
        _until.reset(token)


def fits(pattern: str, text: str) -> bool:
    """Whether the pattern is found in the text; one of another regex dialect fits every text.

    Raises TooSlow.
    """
    left = _until.get() - time.monotonic()
    try:
        if left <= 0:
            raise TooSlow
        return regex.search(pattern, text, timeout=left, concurrent=True) is not None
    except regex.error:
        return True
    except TimeoutError as error:
        raise TooSlow from error
