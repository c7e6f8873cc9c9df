"""From what an agent calls its checkpointer to a saver and the locks that go with it."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from importlib import import_module
from typing import Any
from weakref import WeakKeyDictionary

from langgraph.checkpoint.base import BaseCheckpointSaver

from langvel.checkpointers.locks import LocalLocks, ThreadLocks
from langvel.checkpointers.serializer import names_of
from langvel.exceptions import CheckpointerRequired

Saver = BaseCheckpointSaver[Any]


@dataclass(frozen=True)
class Backend:
    """A saver and the locks that go with it. Without a saver nothing is remembered."""

    saver: Saver | None
    locks: ThreadLocks


# Modules with an `open_backend(types)`. Imported when named: a driver takes a third of the time
# langvel needs to import, and an agent uses one at most.
BY_NAME = {
    "memory": "langvel.checkpointers.memory",
    "postgres": "langvel.checkpointers.postgres",
    "redis": "langvel.checkpointers.redis",
}

_given_locks: WeakKeyDictionary[Saver, LocalLocks] = WeakKeyDictionary()


def open_backend(spec: str | Saver | None, *, types: Collection[type]) -> Backend:
    """The saver and locks for a name, a saver object, or None.

    `types` are those a checkpoint may hold besides plain data.
    """
    if spec is None:
        return Backend(None, LocalLocks())
    if isinstance(spec, str):
        if spec not in BY_NAME:
            raise CheckpointerRequired(
                f"Unknown checkpointer {spec!r}: use {', '.join(map(repr, BY_NAME))} "
                "or a saver object."
            )
        opened: Backend = import_module(BY_NAME[spec]).open_backend(types)
        return opened
    if not isinstance(spec, BaseCheckpointSaver):
        raise CheckpointerRequired(f"{spec!r} is no LangGraph checkpoint saver.")
    locks = getattr(spec, "locks", None)
    if locks is not None:
        return Backend(spec.with_allowlist(names_of(types)), locks)
    return Backend(_for_async(spec), _given_locks.setdefault(spec, LocalLocks()))


def _for_async(saver: Saver) -> Saver:
    """LangGraph's PostgresSaver answers sync calls only; graphs of ours run async."""
    kind = type(saver)
    if (kind.__module__, kind.__qualname__) != ("langgraph.checkpoint.postgres", "PostgresSaver"):
        return saver
    adopt: Callable[[Saver], Saver] = import_module(BY_NAME["postgres"]).adopt
    return adopt(saver)
