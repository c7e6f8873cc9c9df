"""Locks that run out, for servers that don't notice when the process that holds one dies."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Mapping
from typing import Protocol

from langvel.exceptions import ThreadBusy

SECONDS = 15.0


class Leases(Protocol):
    """Where leases are kept. Each call is atomic; a token names one holding of one lease."""

    def take(self, thread_id: str, token: str, seconds: float) -> bool:
        """Claim a lease nobody holds; also true for one this token has already."""

    def renew(self, held: Mapping[str, str], seconds: float) -> None:
        """Prolong, by thread, the leases that are still held by their token."""

    def drop(self, thread_id: str, token: str) -> None:
        """Give the lease back, unless another token has it by now."""


class LeaseLocks:
    """Locks across processes. A process that dies loses its own after `seconds`.

    One that was only stopped finds its lease gone when it is revived; the saver asks for
    `token_of` and refuses to write with a token that no longer holds.
    """

    def __init__(self, leases: Leases, *, seconds: float = SECONDS) -> None:
        self._leases = leases
        self._seconds = seconds
        self._guard = threading.Lock()
        self._held: dict[str, str] = {}
        self._stop: threading.Event | None = None

    def acquire(self, thread_id: str) -> None:
        token = uuid.uuid4().hex
        with self._guard:
            if thread_id in self._held:
                raise ThreadBusy(f"Another pass through thread {thread_id!r} is running.")
            self._held[thread_id] = token
        try:
            won = self._leases.take(thread_id, token, self._seconds)
        except BaseException:
            self._forget(thread_id)
            raise
        if not won:
            self._forget(thread_id)
            raise ThreadBusy(f"Another pass through thread {thread_id!r} is running.")
        self._keep_renewing()

    def release(self, thread_id: str) -> None:
        if token := self._forget(thread_id):
            self._leases.drop(thread_id, token)

    def token_of(self, thread_id: str) -> str | None:
        """What this process holds the thread with, or held until it was stopped too long."""
        return self._held.get(thread_id)

    def _forget(self, thread_id: str) -> str | None:
        with self._guard:
            token = self._held.pop(thread_id, None)
            if not self._held and self._stop is not None:
                self._stop.set()
                self._stop = None
        return token

    def _keep_renewing(self) -> None:
        with self._guard:
            if self._stop is None and self._held:
                self._stop = threading.Event()
                threading.Thread(
                    target=self._renew, args=(self._stop,), name="langvel-leases", daemon=True
                ).start()

    def _renew(self, stop: threading.Event) -> None:
        while not stop.wait(self._seconds / 3):
            with self._guard:
                held = dict(self._held)
            try:
                self._leases.renew(held, self._seconds)
            except Exception:  # noqa: S112 - whatever it was: the next try may still be in time
                continue
