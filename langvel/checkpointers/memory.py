"""Threads kept in this process, for tests and trying out."""

from __future__ import annotations

import warnings
from collections.abc import Collection

from langgraph.checkpoint.memory import InMemorySaver

from langvel.checkpointers.backend import Backend
from langvel.checkpointers.locks import LocalLocks
from langvel.checkpointers.serializer import names_of, strict_serializer
from langvel.exceptions import MemoryIsVolatile

_saver = InMemorySaver(serde=strict_serializer())
_locks = LocalLocks()


def open_backend(types: Collection[type]) -> Backend:
    """The one store of the process, so that every agent object sees each pause."""
    warnings.warn(
        "checkpointer = 'memory' keeps paused threads in this process only; they are lost when "
        "it ends. Use 'postgres' where a pause matters.",
        MemoryIsVolatile,
        stacklevel=2,
    )
    # A copy that knows our types and shares the storage.
    return Backend(_saver.with_allowlist(names_of(types)), _locks)
