"""`manage.py demo` as a newcomer meets it: from nothing to a waiting question, and gone again."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from langvel_site.embedded_postgres import EmbeddedPostgres, keeper

SITE = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.slow


class Demo:
    def __init__(self, folder: Path, port: int, *, database_url: str = "") -> None:
        self.folder, self.port = folder, port
        self.log = folder / f"demo-{time.time_ns()}.log"
        settings = {
            "LANGVEL_DATA_DIR": str(folder),
            "PORT": str(port),
            "DATABASE_URL": database_url,
        }
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "demo"],
                stdout=log,
                stderr=log,
                cwd=SITE,
                env=os.environ | settings,
            )

    def await_ready(self, *, seconds: float = 60) -> str:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and self.process.poll() is None:
            if "Ctrl-C ends it" in self.log.read_text():
                return self.log.read_text()
            time.sleep(0.1)
        raise AssertionError(self.log.read_text())

    def end(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            self.process.wait(timeout=30)

    def get(self, path: str) -> dict[str, object]:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=10) as answer:
            return json.load(answer)

    def waiting(self) -> dict[str, int]:
        server = EmbeddedPostgres(self.folder / "postgres")
        server.start()
        try:
            with psycopg.connect(server.url()) as database:
                return dict(
                    database.execute(
                        "SELECT agent_id, count(*) FROM approvals_interrupt"
                        " WHERE status = 'pending' GROUP BY 1"
                    ).fetchall()
                )
        finally:
            server.release()

    def left_running(self) -> list[str]:
        """Every process that was started with this folder in its environment or arguments."""
        found = []
        for process in Path("/proc").glob("[0-9]*"):
            try:
                said = (process / "cmdline").read_bytes() + (process / "environ").read_bytes()
            except OSError:
                continue
            if str(self.folder).encode() in said:
                found.append(said[:80].decode(errors="replace"))
        return found


@pytest.fixture(scope="module")
def demo() -> Iterator[Demo]:
    folder = Path(tempfile.mkdtemp(prefix="langvel-demo-", dir="/tmp"))
    folder.chmod(0o755)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    demo = Demo(folder, port)
    yield demo
    demo.end()
    shutil.rmtree(folder, ignore_errors=True)


def eventually(holds: Callable[[], bool], *, seconds: float = 15) -> bool:
    deadline = time.monotonic() + seconds
    while not holds() and time.monotonic() < deadline:
        time.sleep(0.1)
    return holds()


def test_the_demo_comes_up_with_people_and_waiting_questions(demo):
    said = demo.await_ready()

    assert re.findall(r"^  (\w+) +\w+-\w+ ", said, re.M) == [
        "alice",
        "bob",
        "carol",
        "audrey",
        "admin",
    ]
    assert demo.get("/readyz")["status"] == "ready"
    assert demo.waiting() == {"orders": 4, "refunds": 5, "mailer": 3}


def test_a_second_demo_on_the_same_port_says_so(demo):
    demo.await_ready()

    second = subprocess.run(
        [sys.executable, "manage.py", "demo"],
        capture_output=True,
        text=True,
        cwd=SITE,
        env=os.environ | {"LANGVEL_DATA_DIR": str(demo.folder), "PORT": str(demo.port)},
        timeout=60,
    )

    assert f"Something already listens on port {demo.port}" in second.stderr


def test_ctrl_c_ends_all_of_it_within_seconds(demo):
    demo.await_ready()
    started = time.monotonic()

    demo.process.send_signal(signal.SIGINT)

    assert demo.process.wait(timeout=15) == 0
    assert time.monotonic() - started < 10
    assert demo.left_running() == []
    assert keeper.postmaster(demo.folder / "postgres" / "data") is None


def test_nothing_is_left_of_a_demo_that_was_killed(demo):
    again = Demo(demo.folder, demo.port)
    again.await_ready()

    again.process.kill()
    again.process.wait()

    assert eventually(lambda: again.left_running() == [])
