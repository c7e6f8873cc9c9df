"""The Postgres saver of the site: own pool, strict serializer, a lease checked with every write."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from contextvars import ContextVar
from typing import Any, LiteralString

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.postgres.aio import AsyncPostgresSaver
from psycopg import AsyncConnection, AsyncCursor
from psycopg.rows import DictRow, dict_row
from psycopg_pool import AsyncConnectionPool

from agents import failpoints
from agents.raised import Raised
from agents.serializer import StrictSerializer

Pool = AsyncConnectionPool[AsyncConnection[DictRow]]
_SETUP_LOCK = 4_711_001
"""Advisory lock key: two workers that start together must not both create the tables."""
_SETUP_PAUSE = 0.1

_INTERRUPT = "__interrupt__"
_raising: ContextVar[tuple[str, str] | None] = ContextVar("raising", default=None)
"""The checkpoint and the task whose interrupt is being stored."""


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
        self,
        pool: Pool,
        *,
        types: Iterable[type] = (),
        fence: Fence | None = None,
        raised: Raised | None = None,
    ) -> None:
        serializer = StrictSerializer(types)
        super().__init__(pool, serde=serializer)
        self.unknown = serializer.unknown
        self._fence = fence
        self._raised = raised

    async def aput_writes(
        self,
        config: RunnableConfig,
        writes: Sequence[tuple[str, Any]],
        task_id: str,
        task_path: str = "",
    ) -> None:
        """What a step of the root asks is stored together with the code that asks it."""
        is_root = not config["configurable"].get("checkpoint_ns")
        if self._raised is None or not (is_root and any(name == _INTERRUPT for name, _ in writes)):
            await super().aput_writes(config, writes, task_id, task_path)
            return
        before = _raising.set((config["configurable"]["checkpoint_id"], task_id))
        try:
            await super().aput_writes(config, writes, task_id, task_path)
        finally:
            _raising.reset(before)
        self._raised.note(task_id)

    @asynccontextmanager
    async def _cursor(self, *, pipeline: bool = False) -> AsyncIterator[AsyncCursor[DictRow]]:
        async with super()._cursor(pipeline=pipeline) as cursor:
            if pipeline:
                failpoints.reached("saver.begun")
            if pipeline and self._fence is not None:
                # In a pipeline every statement up to the sync is one transaction: if the fence
                # raises, the write that follows it is rolled back with it.
                await cursor.execute(self._fence.sql, self._fence.params)
            if pipeline and self._raised is not None and (place := _raising.get()):
                await cursor.execute(self._raised.sql, self._raised.params(*place))
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
