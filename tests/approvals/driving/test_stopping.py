"""A worker that is told to stop ends, whatever hangs."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import pytest

SECONDS = 30
WORKER = """
import django; django.setup()
from approvals.management.commands import worker
worker.LAST_MOMENT = 0.5
worker.run(concurrency=2)
"""


@contextmanager
def silent_postgres() -> Iterator[tuple[socket.socket, str]]:
    """It accepts connections and never says a word."""
    with tempfile.TemporaryDirectory(dir="/tmp") as folder, socket.socket(socket.AF_UNIX) as door:
        door.bind(str(Path(folder) / ".s.PGSQL.5432"))
        door.listen(64)
        door.settimeout(4 * SECONDS)
        yield door, f"postgresql://user@/database?host={quote(folder, safe='')}"


@pytest.mark.parametrize("times", [1, 2], ids=["once", "twice"])
def test_a_worker_that_cannot_connect_ends_when_told_to(times: int) -> None:
    with silent_postgres() as (door, url):
        own = {"DJANGO_SETTINGS_MODULE": "langvel_site.settings", "DATABASE_URL": url}
        worker = subprocess.Popen([sys.executable, "-c", WORKER], env={**os.environ, **own})
        try:
            connection, _ = door.accept()
            for _ in range(times):
                worker.send_signal(signal.SIGTERM)

            assert worker.wait(timeout=SECONDS) in (0, 1)
        finally:
            worker.kill()
            worker.wait()
        connection.close()
