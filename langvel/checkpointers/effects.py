"""What `once()` remembers: which effects were begun, and what came of them."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Protocol

from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.checkpoint.memory import InMemorySaver

from langvel.exceptions import LangvelError


@dataclass(frozen=True)
class Effect:
    """One effect of one run of a step. A step that is run again after a crash is the same run."""

    thread_id: str
    task: str
    key: str


class Effects(Protocol):
    """Where effects are kept. `claim` is durable when it returns."""

    def claim(self, effect: Effect) -> bool:
        """True for the first who asks, ever."""

    def result(self, effect: Effect) -> bytes | None:
        """What it came to; None while it isn't known to be finished."""

    def finish(self, effect: Effect, result: bytes) -> None:
        """Keep what it came to."""

    def forget(self, effect: Effect) -> None:
        """Let it be claimed again."""


class MemoryEffects:
    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._known: dict[Effect, bytes | None] = {}

    def claim(self, effect: Effect) -> bool:
        with self._guard:
            is_new = effect not in self._known
            self._known.setdefault(effect, None)
            return is_new

    def result(self, effect: Effect) -> bytes | None:
        return self._known.get(effect)

    def finish(self, effect: Effect, result: bytes) -> None:
        self._known[effect] = result

    def forget(self, effect: Effect) -> None:
        self._known.pop(effect, None)


# One for the process: a task's id names its thread's checkpoint, which no two savers share.
_memory = MemoryEffects()


def effects_of(saver: BaseCheckpointSaver[Any]) -> Effects:
    """The effects kept beside a saver's threads: its own `effects`, or the same database's."""
    own: Effects | None = getattr(saver, "effects", None)
    if own is not None:
        return own
    if isinstance(saver, InMemorySaver):
        return _memory
    if any(
        kind.__module__.startswith("langgraph.checkpoint.postgres") for kind in type(saver).mro()
    ):
        found: Effects = import_module("langvel.checkpointers.database").beside(saver).effects
        return found
    raise LangvelError(
        f"once() can't remember anything beside a {type(saver).__name__}: give it an attribute "
        "`effects` (see langvel.checkpointers.effects.Effects), or use 'postgres' or 'redis'."
    )
