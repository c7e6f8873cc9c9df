"""A process's way to a PostgreSQL: one pool, LangGraph's tables, and locks across processes."""

from __future__ import annotations

import atexit
import os
import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import psycopg
from langgraph.checkpoint.postgres import PostgresSaver
from psycopg import Connection, OperationalError
from psycopg.conninfo import make_conninfo
from psycopg.rows import DictRow, dict_row
from psycopg_pool import ConnectionPool, PoolTimeout

from langvel.checkpointers.advisory import LOCK_SQL, AdvisoryLocks
from langvel.checkpointers.leases import LeaseLocks
from langvel.checkpointers.tables import TableEffects, TableLeases, create_tables
from langvel.exceptions import CheckpointerUnreachable, ThreadBusy

SETUP_LOCK = "langvel:setup"
UNLOCK_SQL = "SELECT pg_advisory_unlock(hashtextextended(%s, 0)) AS done"


class Pool(ConnectionPool[Connection[DictRow]]):
    """Says what to look at when there is no connection to be had."""

    def getconn(self, timeout: float | None = None) -> Connection[DictRow]:
        try:
            return super().getconn(timeout)
        except PoolTimeout as error:
            raise _unreachable(error) from error


class Database:
    """One process's way to one database: a pool opened on first use, locks and effects.

    `pooled`: a PgBouncer may hand every transaction to another session, so nothing is prepared
    and no lock belongs to a session.
    """

    def __init__(self, conninfo: str, *, pooled: bool = False) -> None:
        self.conninfo = conninfo
        self.pooled = pooled
        self._guard = threading.Lock()
        self._pool: Pool | None = None
        self.effects = TableEffects(self)
        self.locks: AdvisoryLocks | LeaseLocks = (
            LeaseLocks(TableLeases(self)) if pooled else AdvisoryLocks(self)
        )

    @property
    def pool(self) -> Pool:
        with self._guard:
            if self._pool is None:
                self._pool = self._open()
            return self._pool

    def connection(self) -> AbstractContextManager[Connection[DictRow]]:
        return self.pool.connection()

    def _open(self) -> Pool:
        # A pool would try for half a minute to reach what was never there.
        try:
            psycopg.connect(self.conninfo).close()
        except OperationalError as error:
            raise _unreachable(error) from error
        pool = Pool(
            self.conninfo,
            kwargs={
                "autocommit": True,
                "prepare_threshold": None if self.pooled else 0,
                "row_factory": dict_row,
            },
            min_size=0,
            max_size=10,
            max_idle=60,
            open=True,
            name="langvel",
        )
        try:
            _set_up(pool, pooled=self.pooled)
        except BaseException:
            pool.close()
            raise
        return pool

    def close(self) -> None:
        with self._guard:
            if self._pool is not None:
                if isinstance(self.locks, AdvisoryLocks):
                    self.locks.forget()
                self._pool.close()
            self._pool = None


def _unreachable(error: OperationalError) -> CheckpointerUnreachable:
    return CheckpointerUnreachable("PostgreSQL", variable="DATABASE_URL", reason=error)


def _set_up(pool: Pool, *, pooled: bool) -> None:
    """Create our tables and LangGraph's, one process at a time.

    Polls for the lock: a session that waits for one holds a snapshot, and CREATE INDEX
    CONCURRENTLY in the process that has the lock would wait for that session in turn.
    """
    with pool.connection() as connection:
        create_tables(connection)
    with (_leased_setup if pooled else _locked_setup)(pool), pool.connection() as connection:
        PostgresSaver(connection).setup()


@contextmanager
def _locked_setup(pool: Pool) -> Iterator[None]:
    with pool.connection() as connection:
        while not _done(connection, LOCK_SQL):
            time.sleep(0.05)
        try:
            yield
        finally:
            _done(connection, UNLOCK_SQL)


@contextmanager
def _leased_setup(pool: Pool) -> Iterator[None]:
    locks = LeaseLocks(TableLeases(pool))
    while True:
        try:
            locks.acquire(SETUP_LOCK)
            break
        except ThreadBusy:
            time.sleep(0.05)
    try:
        yield
    finally:
        locks.release(SETUP_LOCK)


def _done(connection: Connection[DictRow], sql: str) -> bool:
    row = connection.execute(sql, [SETUP_LOCK]).fetchone()
    return bool(row and row["done"])


_databases: dict[tuple[int, str, bool], Database] = {}
_databases_guard = threading.Lock()


def database(conninfo: str, *, pooled: bool = False) -> Database:
    """This process's Database for the address; a forked child gets its own."""
    with _databases_guard:
        key = (os.getpid(), conninfo, pooled)
        return _databases.setdefault(key, Database(conninfo, pooled=pooled))


def beside(saver: Any) -> Database:
    """The database where a saver of LangGraph's keeps its threads, over connections of our own."""
    if isinstance(conninfo := getattr(saver.conn, "conninfo", None), str):
        return database(conninfo)
    info = saver.conn.info
    return database(make_conninfo(info.dsn, password=info.password or None))


@atexit.register
def close_databases() -> None:
    """Close every pool; the next use opens a new one."""
    with _databases_guard:
        for (pid, _, _), known in _databases.items():
            if pid == os.getpid():
                known.close()
