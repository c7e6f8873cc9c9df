"""From what an agent calls its checkpointer to a saver and the locks that go with it."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.checkpoint.postgres import PostgresSaver

from langvel.checkpointers.database import database
from langvel.checkpointers.locks import LocalLocks, ThreadLocks
from langvel.checkpointers.postgres import LazySaver, PostgresThreads
from langvel.checkpointers.serializer import strict_serializer
from langvel.exceptions import CheckpointerRequired, MemoryIsVolatile

Saver = BaseCheckpointSaver[Any]


@dataclass(frozen=True)
class Backend:
    saver: Saver | None
    locks: ThreadLocks


_memory = InMemorySaver(serde=strict_serializer())
_memory_locks = LocalLocks()
_given_locks: WeakKeyDictionary[Saver, LocalLocks] = WeakKeyDictionary()


def _in_memory(types: Collection[type]) -> Backend:
    warnings.warn(
        "checkpointer = 'memory' keeps paused threads in this process only; they are lost when "
        "it ends. Use 'postgres' where a pause matters.",
        MemoryIsVolatile,
        stacklevel=2,
    )
    # A copy with our types that shares the storage: every agent of the process sees each pause.
    return Backend(
        _memory.with_allowlist([(t.__module__, t.__name__) for t in types]), _memory_locks
    )


def _in_postgres(types: Collection[type]) -> Backend:
    conninfo = os.environ.get("DATABASE_URL")
    if not conninfo:
        raise CheckpointerRequired(
            "checkpointer = 'postgres' needs the environment's DATABASE_URL."
        )
    known = database(conninfo)
    return Backend(LazySaver(known, serde=strict_serializer(types)), known.locks)


BY_NAME: dict[str, Callable[[Collection[type]], Backend]] = {
    "memory": _in_memory,
    "postgres": _in_postgres,
}


def open_backend(spec: str | Saver | None, *, types: Collection[type]) -> Backend:
    """The saver and locks for a name, a saver object, or None.

    `types` are those a checkpoint may hold besides plain data.
    """
    if spec is None:
        return Backend(None, LocalLocks())
    if isinstance(spec, str):
        if spec not in BY_NAME:
            raise CheckpointerRequired(
                f"Unknown checkpointer {spec!r}: use {', '.join(map(repr, BY_NAME))} or a saver object."
            )
        return BY_NAME[spec](types)
    if not isinstance(spec, BaseCheckpointSaver):
        raise CheckpointerRequired(f"{spec!r} is no LangGraph checkpoint saver.")
    return Backend(_for_async(spec), _given_locks.setdefault(spec, LocalLocks()))


def _for_async(saver: Saver) -> Saver:
    """LangGraph's PostgresSaver answers sync calls only; graphs of ours run async."""
    if type(saver) is not PostgresSaver:
        return saver
    adopted = PostgresThreads(saver.conn, saver.pipe, saver.serde)
    adopted.lock = saver.lock
    return adopted
