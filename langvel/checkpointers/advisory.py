"""PostgreSQL's advisory locks: free at once when the process that holds them dies."""

from __future__ import annotations

import threading
import time
import uuid
from contextlib import suppress
from typing import Any, Protocol

from psycopg import Connection, OperationalError
from psycopg.rows import DictRow

from langvel.exceptions import ThreadBusy

LOCK_SQL = "SELECT pg_try_advisory_lock(hashtextextended(%s, 0)) AS done"

# The token is for the saver: who has lost the session of its lock finds another's there, or none,
# and must not write any more. To leases of pooled processes it counts as run out. Neither statement
# waits for the disk: a crash of the server ends every session, and a token it forgets is no token.
TAKE = """
WITH lock AS MATERIALIZED (
    SELECT pg_try_advisory_lock(hashtextextended(%(key)s, 0)) AS done
), mark AS (
    INSERT INTO langvel_leases (thread_id, token, until)
    SELECT %(thread)s, %(token)s, '-infinity'::timestamptz FROM lock WHERE done
    ON CONFLICT (thread_id) DO UPDATE SET token = excluded.token, until = excluded.until
)
SELECT done FROM lock, set_config('synchronous_commit', 'off', true)
"""
GIVE_BACK = """
WITH mark AS (
    DELETE FROM langvel_leases WHERE thread_id = %(thread)s AND token = %(token)s
)
SELECT pg_advisory_unlock(hashtextextended(%(key)s, 0)) AS done
FROM set_config('synchronous_commit', 'off', true)
"""


STANDS = """
SELECT EXISTS (
    SELECT FROM langvel_leases WHERE thread_id = %(thread)s AND token = %(token)s
) AS done
"""
"""Whether nobody has taken the thread since."""

LOST_SESSION_SECONDS = 5.0


class Sessions(Protocol):
    """What lends sessions for longer: a database, whose pool is opened when first asked for."""

    @property
    def pool(self) -> Any: ...


class AdvisoryLocks:
    """Locks that hold across processes, on one connection that is borrowed while any is held."""

    def __init__(self, database: Sessions) -> None:
        self._database = database
        self._guard = threading.Lock()
        self._held: dict[str, str] = {}
        self._connection: Connection[DictRow] | None = None

    def acquire(self, thread_id: str) -> None:
        token = uuid.uuid4().hex
        with self._guard:
            if thread_id in self._held or not self._lock(thread_id, token):
                self._give_back_if_idle()
                raise ThreadBusy(f"Another pass through thread {thread_id!r} is running.")
            self._held[thread_id] = token

    def release(self, thread_id: str) -> None:
        with self._guard:
            token = self._held.pop(thread_id, "")
            if self._connection is not None:
                # On a broken connection PostgreSQL has freed the lock already.
                with suppress(OperationalError):
                    self._connection.execute(GIVE_BACK, _values(thread_id, token))
            self._give_back_if_idle()

    def token_of(self, thread_id: str) -> str | None:
        """What this process holds the thread with, or held until its session was lost."""
        return self._held.get(thread_id)

    def forget(self) -> None:
        """Let go of the connection, and with it of every lock."""
        connection, self._connection = self._connection, None
        self._held.clear()
        if connection is not None:
            connection.close()

    def _lock(self, thread_id: str, token: str) -> bool:
        values = _values(thread_id, token)
        try:
            return _is_done(self._session(), TAKE, values)
        except OperationalError:
            # The server closed it while nobody looked, in a restart say; a new one will do.
            return _is_done(self._session(), TAKE, values)

    def _session(self) -> Connection[DictRow]:
        connection = self._connection
        if connection is None or connection.broken or connection.closed:
            return self._connect()
        return connection

    def _connect(self) -> Connection[DictRow]:
        """A connection with the locks we hold; after a broken one they are taken again.

        Their tokens are not: a thread that another had meanwhile stays lost.
        """
        if self._connection is not None:
            self._database.pool.putconn(self._connection)
        connection: Connection[DictRow] = self._database.pool.getconn()
        self._connection = connection
        for thread_id, token in self._held.items():
            _take_again(connection, thread_id, token)
        return connection

    def _give_back_if_idle(self) -> None:
        if not self._held and self._connection is not None:
            self._database.pool.putconn(self._connection)
            self._connection = None


def _take_again(connection: Connection[DictRow], thread_id: str, token: str) -> None:
    """PostgreSQL may take a moment to see that the old session is gone, and frees its lock then."""
    until = time.monotonic() + LOST_SESSION_SECONDS
    while not _is_done(connection, LOCK_SQL, [_key(thread_id)]):
        if time.monotonic() > until or not _is_done(connection, STANDS, _values(thread_id, token)):
            return
        time.sleep(0.01)


def _is_done(connection: Connection[DictRow], query: str, values: Any) -> bool:
    row = connection.execute(query, values).fetchone()
    return bool(row and row["done"])


def _key(thread_id: str) -> str:
    return f"langvel:thread:{thread_id}"


def _values(thread_id: str, token: str) -> dict[str, str]:
    return {"key": _key(thread_id), "thread": thread_id, "token": token}
