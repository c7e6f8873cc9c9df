"""The site's database as asynchronous code needs it: a conninfo, and a thread for the ORM."""

from __future__ import annotations

from collections.abc import Callable
from typing import ParamSpec, TypeVar

from asgiref.sync import sync_to_async
from django.db import InterfaceError, OperationalError, connection
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

    def work() -> R:
        try:
            return function(*args, **kwargs)
        except (OperationalError, InterfaceError):
            if not connection.in_atomic_block:
                connection.close()
            raise

    return await sync_to_async(work)()
