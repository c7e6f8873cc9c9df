"""The Postgres saver of the site: own pool, strict serializer, a lease checked with every write."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any, LiteralString

from langgraph.checkpoint.postgres.aio import AsyncPostgresSaver
from psycopg import AsyncConnection, AsyncCursor
from psycopg.rows import DictRow, dict_row
from psycopg_pool import AsyncConnectionPool

from agents import failpoints
from agents.serializer import StrictSerializer

Pool = AsyncConnectionPool[AsyncConnection[DictRow]]
_SETUP_LOCK = 4_711_001
"""Advisory lock key: two workers that start together must not both create the tables."""
_SETUP_PAUSE = 0.1


class Fence:
    """SQL that raises when the lease of a pass is no longer its own.

    Runs as the first statement of every write transaction of the saver, so that a worker that
    was stopped and revived cannot write over its successor.
    """

    def __init__(self, sql: LiteralString, params: tuple[Any, ...]) -> None:
        self.sql = sql
        self.params = params


def open_pool(conninfo: str, *, max_size: int) -> Pool:
    """A closed pool, fit for the saver; open it inside the event loop that will use it."""
    return AsyncConnectionPool(
        conninfo,
        min_size=1,
        max_size=max_size,
        open=False,
        timeout=10,
        # Else the pool waits twice as long after each failure, up to five minutes.
        reconnect_timeout=2,
        kwargs={"autocommit": True, "row_factory": dict_row, "prepare_threshold": 0},
    )


class FencedSaver(AsyncPostgresSaver):
    """One per pass: the stock saver serialises all calls of an instance behind one lock.

    `unknown`: types that checkpoints hold and the agent does not declare, and how often.
    """

    def __init__(
        self, pool: Pool, *, types: Iterable[type] = (), fence: Fence | None = None
    ) -> None:
        serializer = StrictSerializer(types)
        super().__init__(pool, serde=serializer)
        self.unknown = serializer.unknown
        self._fence = fence

    @asynccontextmanager
    async def _cursor(self, *, pipeline: bool = False) -> AsyncIterator[AsyncCursor[DictRow]]:
        async with super()._cursor(pipeline=pipeline) as cursor:
            if pipeline:
                failpoints.reached("saver.begun")
            if pipeline and self._fence is not None:
                # In a pipeline every statement up to the sync is one transaction: if the fence
                # raises, the write that follows it is rolled back with it.
                await cursor.execute(self._fence.sql, self._fence.params)
            yield cursor
            if pipeline:
                failpoints.reached("saver.sent")
        if pipeline:
            failpoints.reached("saver.stored")


async def create_tables(pool: Pool) -> None:
    """Create or migrate LangGraph's tables. Safe to call from many processes at once."""
    async with pool.connection() as guard:
        # Asked again and again, not waited for in PostgreSQL: a waiting statement is a
        # transaction, and CREATE INDEX CONCURRENTLY, run under the lock, waits for those to end.
        while not await _lock_setup(guard):  # noqa: ASYNC110
            await asyncio.sleep(_SETUP_PAUSE)
        try:
            await AsyncPostgresSaver(pool).setup()
        finally:
            await asyncio.shield(guard.execute("SELECT pg_advisory_unlock(%s)", (_SETUP_LOCK,)))


async def _lock_setup(guard: AsyncConnection[DictRow]) -> bool:
    cursor = await guard.execute("SELECT pg_try_advisory_lock(%s) AS won", (_SETUP_LOCK,))
    row = await cursor.fetchone()
    return bool(row and row["won"])
