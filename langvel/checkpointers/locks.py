"""One pass at a time through a thread.

LangGraph has no lock: two resumes of one thread would both run what was approved.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from typing import Protocol

from langvel.checkpointers.threads import in_thread
from langvel.exceptions import ThreadBusy


class ThreadLocks(Protocol):
    """Who may run a pass through a thread."""

    def acquire(self, thread_id: str) -> None:
        """Claim the thread or raise ThreadBusy; never waits for the other pass."""

    def release(self, thread_id: str) -> None:
        """Let others claim it."""


class LocalLocks:
    """Enough where the saver itself does not leave the process."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._held: set[str] = set()

    def acquire(self, thread_id: str) -> None:
        with self._guard:
            if thread_id in self._held:
                raise ThreadBusy(f"Another pass through thread {thread_id!r} is running.")
            self._held.add(thread_id)

    def release(self, thread_id: str) -> None:
        with self._guard:
            self._held.discard(thread_id)


@contextmanager
def claimed(locks: ThreadLocks, thread_id: str) -> Iterator[None]:
    locks.acquire(thread_id)
    try:
        yield
    finally:
        locks.release(thread_id)


@asynccontextmanager
async def aclaimed(locks: ThreadLocks, thread_id: str) -> AsyncIterator[None]:
    claim = asyncio.ensure_future(in_thread(partial(locks.acquire, thread_id)))
    try:
        await asyncio.shield(claim)
    except asyncio.CancelledError:
        # The claim may still succeed in its thread, with nobody left to release it.
        claim.add_done_callback(partial(_release_if_won, locks, thread_id))
        raise
    try:
        yield
    finally:
        await in_thread(partial(locks.release, thread_id))


def _release_if_won(locks: ThreadLocks, thread_id: str, claim: asyncio.Future[None]) -> None:
    if not claim.cancelled() and claim.exception() is None:
        locks.release(thread_id)
