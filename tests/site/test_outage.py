"""PostgreSQL gone for ten seconds: every answer says so, and nothing is lost."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from langvel_site.embedded_postgres import EmbeddedPostgres
from tests.site.test_demo import SITE, Demo, eventually

pytestmark = pytest.mark.slow

OUTAGE_SECONDS = 10


class Site:
    """A demo over a PostgreSQL that the test can stop and start again."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.database = EmbeddedPostgres(folder / "postgres")
        self.database.start()
        self.url = self.database.url()
        self.demo = Demo(folder, port, database_url=self.url)
        self.demo.await_ready()
        self.token = self._token()

    def call(self, path: str, body: Any = None) -> tuple[int, Any]:
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.demo.port}/api/v1/{path}",
            data=None if body is None else json.dumps(body).encode(),
            headers={
                "Authorization": f"Bearer {self.token}",
                "Content-Type": "application/json",
            },
        )
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as refused:
            return refused.code, json.load(refused)

    def run_status(self, run: int) -> str:
        status, answer = self.call(f"runs/{run}/")
        return answer["status"] if status == 200 else answer["code"]

    def succeeds(self, run: int) -> bool:
        """Says on the way out why not, for a failure that shows once in a hundred times."""
        succeeded = eventually(lambda: self.run_status(run) == "success", seconds=120)
        if not succeeded:
            print(json.dumps(self.call(f"runs/{run}/")[1], indent=1))
            print(self.demo.log.read_text()[-20_000:])
        return succeeded

    def end(self) -> None:
        self.demo.end()
        self.database.release()

    def _token(self) -> str:
        made = subprocess.run(
            [sys.executable, "manage.py", "create_token", "bob", "--scope", "*"],
            capture_output=True,
            text=True,
            check=True,
            cwd=SITE,
            env=os.environ | {"DATABASE_URL": self.url, "LANGVEL_DATA_DIR": str(self.demo.folder)},
        )
        return made.stdout.splitlines()[-1]


@pytest.fixture
def site() -> Iterator[Site]:
    folder = Path(tempfile.mkdtemp(prefix="langvel-outage-", dir="/tmp"))
    folder.chmod(0o755)
    site = Site(folder)
    yield site
    site.end()
    shutil.rmtree(folder, ignore_errors=True)


def test_decisions_before_and_after_an_outage_both_reach_their_agents(site: Site) -> None:
    waiting = site.call("interrupts/?status=pending&agent=orders&risk=medium")[1]["results"]
    before, after = waiting[:2]
    approval = {"decisions": [{"type": "approve"}]}

    accepted, _ = site.call(f"interrupts/{before['id']}/decide/", seen(before) | approval)
    site.database.release()
    refused, answer = site.call(f"interrupts/{after['id']}/decide/", seen(after) | approval)
    time.sleep(OUTAGE_SECONDS)
    site.database.start()

    assert (accepted, refused, answer["code"]) == (200, 503, "unavailable")
    assert eventually(
        lambda: site.call(f"interrupts/{after['id']}/decide/", seen(after) | approval)[0] != 503,
        seconds=60,
    )
    assert site.succeeds(before["run"])
    assert site.succeeds(after["run"])


def seen(question: dict[str, Any]) -> dict[str, Any]:
    return {"version": question["version"], "digest": question["digest"]}
