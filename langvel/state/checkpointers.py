"""Where an agent's threads are kept, beyond the three names.

`checkpointer = "memory" | "postgres" | "redis"` is enough for most agents. The functions here
give a saver with options, to be put in the same place:

    class Orders(Agent):
        checkpointer = checkpointers.redis(ttl=7 * 24 * 3600)

To bring another one, give any LangGraph saver object. Two passes through one thread at once are
then refused within the process only; a saver that knows better has an attribute `locks`, an
object with `acquire(thread_id)`, which claims the thread or raises ThreadBusy at once, and
`release(thread_id)` (the protocol ThreadLocks). To give it a name of its own:

    checkpointers.register("sqlite", "my_project.sqlite_threads")

where the module has `open_backend(types) -> Backend`, called once for each agent; `types` are
those its checkpoints may hold, for `strict_serializer`.
"""

from __future__ import annotations

import os

from langvel.checkpointers.backend import BY_NAME, Backend, Saver
from langvel.checkpointers.leases import SECONDS
from langvel.checkpointers.locks import LocalLocks, ThreadLocks
from langvel.checkpointers.serializer import serializer, strict_serializer
from langvel.exceptions import CheckpointerRequired

__all__ = [
    "Backend",
    "LocalLocks",
    "Saver",
    "ThreadLocks",
    "postgres",
    "redis",
    "register",
    "strict_serializer",
]


def register(name: str, module: str) -> None:
    """Make `checkpointer = name` mean the dotted module's `open_backend(types)`.

    It is called once for each agent and returns a Backend; `types` are those that the agent's
    checkpoints may hold besides plain data, for `strict_serializer`.
    """
    BY_NAME[name] = module


def postgres(
    url: str | None = None, *, pooled: bool = False, key: str | bytes | None = None
) -> Saver:
    """Threads in PostgreSQL, at `url` or the environment's DATABASE_URL.

    `pooled=True` is for a PgBouncer or the like that hands out connections by transaction: nothing
    is prepared, and threads are locked by rows that run out instead of by advisory locks, so a
    killed pass blocks its thread for up to 15 seconds.

    `key` (16, 24 or 32 bytes; or LANGGRAPH_AES_KEY) encrypts what is stored. LangGraph's tables
    leave some in clear even so: fields that are plain text, numbers or None, and all metadata.
    The Redis saver encrypts these too. Raises CheckpointerRequired without an address, or for a
    key of another length.
    """
    from langvel.checkpointers.database import database
    from langvel.checkpointers.postgres import LazySaver

    known = database(_address(url, "DATABASE_URL"), pooled=pooled)
    return LazySaver(known, serde=serializer(key=key))


def redis(
    url: str | None = None,
    *,
    ttl: float | None = None,
    key: str | bytes | None = None,
    lease: float = SECONDS,
) -> Saver:
    """Threads in a Redis ≥ 6.2 or Valkey, no modules needed, at `url` or REDIS_URL.

    A thread nobody touched for `ttl` seconds is forgotten, its pending question with it; a
    question with a later deadline warns (DeadlineOutlivesThread). A pass that dies blocks its
    thread for up to `lease` seconds. `key` as for `postgres`; everything but names is encrypted.
    """
    from langvel.checkpointers.redis import RedisThreads
    from langvel.checkpointers.redis_server import redis_server

    server = redis_server(_address(url, "REDIS_URL"), lease=lease)
    return RedisThreads(server, serde=serializer(key=key), ttl=ttl)


def _address(url: str | None, variable: str) -> str:
    found = url or os.environ.get(variable)
    if not found:
        raise CheckpointerRequired(f"Give an address, or set the environment's {variable}.")
    return found
