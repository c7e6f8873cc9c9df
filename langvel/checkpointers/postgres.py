"""Threads kept in PostgreSQL.

One saver for sync and async callers: the guide calls `get_state()` inside `async def`, on the
very loop an async saver would need to answer it. So the work is done by LangGraph's sync saver,
and async callers reach it through a few threads. It then belongs to no event loop, and a program
that runs many loops needs one pool, not one for each.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator
from contextlib import contextmanager

from langgraph.checkpoint.postgres import PostgresSaver
from langgraph.checkpoint.serde.base import SerializerProtocol
from psycopg import Cursor
from psycopg.rows import DictRow

from langvel.checkpointers.backend import Backend
from langvel.checkpointers.database import Database, database
from langvel.checkpointers.effects import Effects
from langvel.checkpointers.locks import ThreadLocks
from langvel.checkpointers.serializer import serializer
from langvel.checkpointers.threaded import ThreadedSaver
from langvel.exceptions import CheckpointerRequired


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
    return Backend(LazySaver(known, serde=serializer(types)), known.locks)


def adopt(saver: PostgresSaver) -> PostgresThreads:
    """The same connection and lock, for async callers too."""
    adopted = PostgresThreads(saver.conn, saver.pipe, saver.serde)
    adopted.lock = saver.lock
    return adopted
