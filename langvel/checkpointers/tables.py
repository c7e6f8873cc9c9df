"""langvel's own tables in PostgreSQL: leases of threads, and effects under once()."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Any, Protocol

from psycopg import Connection
from psycopg.rows import DictRow

from langvel.checkpointers.effects import Effect

CREATE = (
    """
CREATE TABLE IF NOT EXISTS langvel_leases (
    thread_id text PRIMARY KEY,
    token text NOT NULL,
    until timestamptz NOT NULL
)
""",
    """
CREATE TABLE IF NOT EXISTS langvel_effects (
    thread_id text NOT NULL,
    task text NOT NULL,
    key text NOT NULL,
    claimed_at timestamptz NOT NULL DEFAULT now(),
    finished_at timestamptz,
    result bytea,
    PRIMARY KEY (thread_id, task, key)
)
""",
)

TAKE = """
INSERT INTO langvel_leases AS held (thread_id, token, until)
VALUES (%(thread)s, %(token)s, clock_timestamp() + make_interval(secs => %(seconds)s))
ON CONFLICT (thread_id) DO UPDATE SET token = excluded.token, until = excluded.until
WHERE held.until < clock_timestamp() OR held.token = excluded.token
RETURNING 1
"""
RENEW = """
UPDATE langvel_leases SET until = clock_timestamp() + make_interval(secs => %(seconds)s)
WHERE thread_id = %(thread)s AND token = %(token)s
"""


class Connections(Protocol):
    """What hands out connections: a pool, made when it is first needed."""

    def connection(self) -> AbstractContextManager[Connection[DictRow]]: ...


def create_tables(connection: Connection[DictRow]) -> None:
    """Safe for many processes at once, through a PgBouncer too: the lock ends with the commit."""
    with connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock(hashtextextended('langvel:tables', 0))")
        for table in CREATE:
            connection.execute(table)


class TableLeases:
    def __init__(self, database: Connections) -> None:
        self._database = database

    def take(self, thread_id: str, token: str, seconds: float) -> bool:
        values = {"thread": thread_id, "token": token, "seconds": seconds}
        with self._database.connection() as connection:
            return connection.execute(TAKE, values).fetchone() is not None

    def renew(self, held: Mapping[str, str], seconds: float) -> None:
        with self._database.connection() as connection:
            for thread_id, token in held.items():
                values = {"thread": thread_id, "token": token, "seconds": seconds}
                connection.execute(RENEW, values)

    def drop(self, thread_id: str, token: str) -> None:
        with self._database.connection() as connection:
            connection.execute(
                "DELETE FROM langvel_leases WHERE thread_id = %s AND token = %s",
                [thread_id, token],
            )


class TableEffects:
    def __init__(self, database: Connections) -> None:
        self._database = database

    def claim(self, effect: Effect) -> bool:
        sql = (
            "INSERT INTO langvel_effects (thread_id, task, key) VALUES (%s, %s, %s) "
            "ON CONFLICT DO NOTHING RETURNING 1"
        )
        with self._database.connection() as connection:
            return connection.execute(sql, _key(effect)).fetchone() is not None

    def result(self, effect: Effect) -> bytes | None:
        sql = (
            "SELECT result FROM langvel_effects WHERE thread_id = %s AND task = %s AND key = %s "
            "AND finished_at IS NOT NULL"
        )
        with self._database.connection() as connection:
            row = connection.execute(sql, _key(effect)).fetchone()
        return bytes(row["result"]) if row else None

    def finish(self, effect: Effect, result: bytes) -> None:
        sql = (
            "UPDATE langvel_effects SET finished_at = now(), result = %s "
            "WHERE thread_id = %s AND task = %s AND key = %s"
        )
        with self._database.connection() as connection:
            connection.execute(sql, [result, *_key(effect)])

    def forget(self, effect: Effect) -> None:
        sql = "DELETE FROM langvel_effects WHERE thread_id = %s AND task = %s AND key = %s"
        with self._database.connection() as connection:
            connection.execute(sql, _key(effect))


def _key(effect: Effect) -> list[Any]:
    return [effect.thread_id, effect.task, effect.key]
