"""Threads kept in PostgreSQL.

One saver for sync and async callers: the guide calls `get_state()` inside `async def`, on the
very loop an async saver would need to answer it. So the work is done by LangGraph's sync saver,
and async callers reach it through a few threads. It then belongs to no event loop, and a program
that runs many loops needs one pool, not one for each.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import ChannelVersions, Checkpoint, CheckpointMetadata
from langgraph.checkpoint.postgres import PostgresSaver
from langgraph.checkpoint.serde.base import SerializerProtocol
from psycopg import Cursor
from psycopg.errors import DivisionByZero
from psycopg.rows import DictRow

from langvel.checkpointers.backend import Backend
from langvel.checkpointers.database import Database, database
from langvel.checkpointers.effects import Effects
from langvel.checkpointers.locks import ThreadLocks
from langvel.checkpointers.serializer import serializer
from langvel.checkpointers.threaded import ThreadedSaver
from langvel.exceptions import CheckpointerRequired, LockLost

# Fails unless the token still has the thread, and keeps others from taking it meanwhile.
STILL_HELD = """
SELECT 1 / count(*) FROM
(SELECT FROM langvel_leases WHERE thread_id = %s AND token = %s FOR SHARE) AS held
"""

_fence: ContextVar[tuple[str, str] | None] = ContextVar("langvel_fence", default=None)


class PostgresThreads(ThreadedSaver, PostgresSaver):
    """LangGraph's sync saver, for async callers too."""


class LazySaver(PostgresThreads):
    """Connects when it is first used: a graph can be compiled and drawn without a database."""

    def __init__(self, database: Database, *, serde: SerializerProtocol) -> None:
        super().__init__(None, serde=serde)  # type: ignore[arg-type]
        self.database = database

    @property
    def locks(self) -> ThreadLocks:
        return self.database.locks

    @property
    def effects(self) -> Effects:
        return self.database.effects

    def put(
        self,
        config: RunnableConfig,
        checkpoint: Checkpoint,
        metadata: CheckpointMetadata,
        new_versions: ChannelVersions,
    ) -> RunnableConfig:
        with self._as_holder(config):
            return super().put(config, checkpoint, metadata, new_versions)

    def put_writes(
        self,
        config: RunnableConfig,
        writes: Sequence[tuple[str, Any]],
        task_id: str,
        task_path: str = "",
    ) -> None:
        with self._as_holder(config):
            super().put_writes(config, writes, task_id, task_path)

    @contextmanager
    def _as_holder(self, config: RunnableConfig) -> Iterator[None]:
        """Write only while this process's lock on the thread holds, if it took one."""
        thread_id = str(config["configurable"]["thread_id"])
        token = self.database.locks.token_of(thread_id)
        mark = _fence.set((thread_id, token) if token else None)
        try:
            yield
        except DivisionByZero as error:
            raise LockLost(thread_id) from error
        finally:
            _fence.reset(mark)

    @contextmanager
    def _cursor(self, *, pipeline: bool = False) -> Iterator[Cursor[DictRow]]:
        self.conn = self.database.pool
        with super()._cursor(pipeline=pipeline) as cursor:
            if pipeline and (held := _fence.get()):
                # A pipeline is one transaction: if this fails, nothing after it is stored.
                cursor.execute(STILL_HELD, held)
            yield cursor


def open_backend(types: Collection[type]) -> Backend:
    """The database of DATABASE_URL."""
    conninfo = os.environ.get("DATABASE_URL")
    if not conninfo:
        raise CheckpointerRequired(
            "checkpointer = 'postgres' needs the environment's DATABASE_URL."
        )
    known = database(conninfo)
    return Backend(LazySaver(known, serde=serializer(types)), known.locks)


def adopt(saver: PostgresSaver) -> PostgresThreads:
    """The same connection and lock, for async callers too."""
    adopted = PostgresThreads(saver.conn, saver.pipe, saver.serde)
    adopted.lock = saver.lock
    return adopted
