"""A real Agent Server for tests: `langgraph dev`, which needs neither a key nor the network."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx
import pytest
from langgraph_sdk import get_sync_client

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
GRAPHS = (
    "asks_once",
    "asks_twice",
    "asks_three",
    "asks_within",
    "fails_unless_yes",
    "fails_at_once",
    "takes_long",
    "says_who",
    "stops",
)
HEADER, SECRET = "x-team-key", "a-secret-of-the-team"
PATIENCE = 60


class AgentServer:
    """One server. Do not restart it: what it keeps on disk may lack the last questions."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.effects_folder = folder / "effects"
        self.effects_folder.mkdir()
        self.port = _free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._process: subprocess.Popen[bytes] | None = None
        config = {
            "dependencies": ["."],
            "graphs": {name: f"{HERE / 'served.py'}:{name}" for name in GRAPHS},
            "auth": {"path": f"{HERE / 'served_auth.py'}:auth", "disable_studio_auth": True},
        }
        (folder / "langgraph.json").write_text(json.dumps(config))

    @property
    def client(self) -> Any:
        """Another program that uses the same server."""
        return get_sync_client(url=self.url, api_key=None, headers={HEADER: SECRET})

    def entry(self, assistant: str, **more: Any) -> dict[str, Any]:
        """What LANGVEL_AGENTS says of one of its graphs."""
        return {
            "url": self.url,
            "assistant": assistant,
            "headers": {HEADER: SECRET},
        } | more

    def paused(
        self, assistant: str, *, metadata: dict[str, Any] | None = None, **config: Any
    ) -> str:
        """The id of a new thread in which that graph has asked its first question."""
        thread_id: str = self.client.threads.create(metadata=metadata)["thread_id"]
        self.client.runs.wait(thread_id, assistant, input={"topic": "tea"}, **config)
        return thread_id

    def answer(self, thread_id: str, assistant: str, value: Any) -> None:
        """As another program would; a step that raises is the server's business."""
        asked = self.client.threads.get_state(thread_id)["interrupts"]
        resume = {one["id"]: value for one in asked}
        self.client.runs.wait(thread_id, assistant, command={"resume": resume}, raise_error=False)

    def status(self, thread_id: str) -> str:
        return str(self.client.threads.get(thread_id)["status"])

    def effects(self, thread_id: str) -> list[Any]:
        """What was done in a thread, in order."""
        file = self.effects_folder / thread_id
        return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []

    def let_end(self, thread_id: str) -> None:
        """Allow `takes_long` to go on in that thread."""
        (self.effects_folder / f"{thread_id}.go").touch()

    def start(self) -> None:
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [
                    *(str(Path(sys.executable).with_name("langgraph")), "dev"),
                    *("--host", "127.0.0.1", "--port", str(self.port)),
                    *("--no-browser", "--no-reload", "--n-jobs-per-worker", "4"),
                ],
                cwd=self.folder,
                env=_environment() | {"EFFECTS": str(self.effects_folder)},
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        wait_for(self._answers, told=lambda: (self.folder / "log").read_text()[-3_000:])

    def stop(self) -> None:
        if self._process is not None:
            os.killpg(self._process.pid, signal.SIGTERM)
            self._process.wait(timeout=PATIENCE)
            self._process = None

    def _answers(self) -> bool:
        assert self._process is not None
        if self._process.poll() is not None:
            raise AssertionError((self.folder / "log").read_text()[-3_000:])
        try:
            return httpx.get(f"{self.url}/ok").status_code == 200
        except httpx.HTTPError:
            return False


def require() -> None:
    """Without the server's packages its tests are skipped, but not in CI."""
    if Path(sys.executable).with_name("langgraph").exists():
        return
    message = "there is no Agent Server: install the dependency group agent-server"
    if os.environ.get("CI") == "true":
        pytest.fail(message)
    pytest.skip(message)


def wait_for(is_so: Any, *, told: Any = lambda: "") -> None:
    """Until a condition holds that another process brings about."""
    until = time.monotonic() + PATIENCE
    while not is_so():
        if time.monotonic() > until:
            raise AssertionError(f"it never came about: {told()}")
        time.sleep(0.05)


def _environment() -> dict[str, str]:
    """Without our settings, and without keys that the server would want to check."""
    dropped = ("LANG", "DJANGO_", "DATABASE_", "REDIS_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(dropped)}
    return kept | {"PYTHONPATH": str(ROOT), "LANGSMITH_TRACING": "false", "LANG": "C.UTF-8"}


def _free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])
