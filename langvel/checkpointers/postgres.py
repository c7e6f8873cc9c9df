"""Threads kept in PostgreSQL.

One saver for sync and async callers: the guide calls `get_state()` inside `async def`, on the
very loop an async saver would need to answer it. So the work is done by LangGraph's sync saver,
and async callers reach it through a few threads. It then belongs to no event loop, and a program
that runs many loops needs one pool, not one for each.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Collection, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import (
    ChannelVersions,
    Checkpoint,
    CheckpointMetadata,
    CheckpointTuple,
)
from langgraph.checkpoint.postgres import PostgresSaver
from langgraph.checkpoint.serde.base import SerializerProtocol
from psycopg import Cursor
from psycopg.rows import DictRow

from langvel.checkpointers.backend import Backend
from langvel.checkpointers.database import Database, database
from langvel.checkpointers.serializer import strict_serializer
from langvel.checkpointers.threads import in_thread
from langvel.exceptions import CheckpointerRequired


class PostgresThreads(PostgresSaver):
    """LangGraph's sync saver, for async callers too."""

    async def aget_tuple(self, config: RunnableConfig) -> CheckpointTuple | None:
        return await in_thread(partial(self.get_tuple, config))

    async def alist(
        self,
        config: RunnableConfig | None,
        *,
        filter: dict[str, Any] | None = None,
        before: RunnableConfig | None = None,
        limit: int | None = None,
    ) -> AsyncIterator[CheckpointTuple]:
        found = await in_thread(
            lambda: list(self.list(config, filter=filter, before=before, limit=limit))
        )
        for item in found:
            yield item

    async def aput(
        self,
        config: RunnableConfig,
        checkpoint: Checkpoint,
        metadata: CheckpointMetadata,
        new_versions: ChannelVersions,
    ) -> RunnableConfig:
        return await in_thread(partial(self.put, config, checkpoint, metadata, new_versions))

    async def aput_writes(
        self,
        config: RunnableConfig,
        writes: Sequence[tuple[str, Any]],
        task_id: str,
        task_path: str = "",
    ) -> None:
        await in_thread(partial(self.put_writes, config, writes, task_id, task_path))

    async def adelete_thread(self, thread_id: str) -> None:
        await in_thread(partial(self.delete_thread, thread_id))


class LazySaver(PostgresThreads):
    """Connects when it is first used: a graph can be compiled and drawn without a database."""

    def __init__(self, database: Database, *, serde: SerializerProtocol) -> None:
        super().__init__(None, serde=serde)  # type: ignore[arg-type]
        self.database = database

    @contextmanager
    def _cursor(self, *, pipeline: bool = False) -> Iterator[Cursor[DictRow]]:
        self.conn = self.database.pool
        with super()._cursor(pipeline=pipeline) as cursor:
            yield cursor


def open_backend(types: Collection[type]) -> Backend:
    """The database of DATABASE_URL."""
    conninfo = os.environ.get("DATABASE_URL")
    if not conninfo:
        raise CheckpointerRequired(
            "checkpointer = 'postgres' needs the environment's DATABASE_URL."
        )
    known = database(conninfo)
    return Backend(LazySaver(known, serde=strict_serializer(types)), known.locks)


def adopt(saver: PostgresSaver) -> PostgresThreads:
    """The same connection and lock, for async callers too."""
    adopted = PostgresThreads(saver.conn, saver.pipe, saver.serde)
    adopted.lock = saver.lock
    return adopted
