"""The site's database as asynchronous code needs it: a conninfo, and a thread for the ORM."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import ParamSpec, TypeVar

from asgiref.sync import sync_to_async
from django.db import (
    DEFAULT_DB_ALIAS,
    InterfaceError,
    OperationalError,
    connection,
    connections,
)
from django.db.backends.base.base import BaseDatabaseWrapper
from psycopg.conninfo import make_conninfo

P = ParamSpec("P")
R = TypeVar("R")


def conninfo() -> str:
    """How to reach the default database without Django, test database included."""
    params = connection.get_connection_params()
    for own in ("context", "cursor_factory", "prepare_threshold", "pool"):
        params.pop(own, None)
    return make_conninfo(**params)


async def in_database(function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Run ORM code from a job. The thread keeps its connection; a broken one is thrown away."""
    return await sync_to_async(partial(_guarded, function))(*args, **kwargs)


class DatabaseThreads:
    """The ORM code of a worker, several calls at once, each thread with a connection of its own.

    In one thread they would queue up behind each other's round trips. Belongs to the event loop
    that uses it; `close` it when nothing runs any more.
    """

    def __init__(self, size: int) -> None:
        self._executor = ThreadPoolExecutor(size, thread_name_prefix="database")
        self._connections: set[BaseDatabaseWrapper] = set()

    async def run(self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        def work() -> R:
            self._connections.add(connections[DEFAULT_DB_ALIAS])
            return _guarded(function, *args, **kwargs)

        return await asyncio.get_running_loop().run_in_executor(self._executor, work)

    def close(self) -> None:
        self._executor.shutdown()
        for opened in self._connections:
            # Its thread is gone, so nobody else can close it.
            opened.inc_thread_sharing()
            opened.close()


def _guarded(function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    try:
        return function(*args, **kwargs)
    except (OperationalError, InterfaceError):
        if not connection.in_atomic_block:
            connection.close()
        raise
