"""The real site on a port of its own, and a way to it that can be made to fail."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest
from django.db import connections

from approvals.models import ExternalRequest, Token
from langvel.client import Client, protocol
from tests.approvals.api.client import bob
from tests.approvals.requests.asking import decide
from tests.factories import make_user

LOSE = 0
"""In place of a status: the request arrives, its answer does not."""


@pytest.fixture
def token(live_server: Any) -> str:
    """Of alice, for requests and nothing else."""
    _, plain = Token.objects.issue(
        user=make_user("alice", "requesters"),
        name="agent",
        scopes=["requests:read", "requests:write"],
        lifetime=None,
    )
    return plain


@pytest.fixture
def client(live_server: Any, token: str) -> Iterator[Client]:
    with Client(live_server.url, token) as client:
        yield client


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Later tries come at once."""
    monkeypatch.setattr(protocol, "_LONGEST_PAUSE", 0.01)


@pytest.fixture
def later() -> Iterator[Callable[..., Future[Any]]]:
    """`later(*decisions)`: bob decides the next request as soon as there is one."""
    pool = ThreadPoolExecutor(1)
    ended = threading.Event()

    def act(decisions: tuple[Any, ...]) -> Any:
        try:
            while not ended.wait(0.05):
                waiting = ExternalRequest.objects.filter(run__status="interrupted").first()
                if waiting:
                    return decide(bob(), waiting, *decisions)
        finally:
            connections.close_all()

    yield lambda *decisions: pool.submit(act, decisions)
    ended.set()
    pool.shutdown()


class Line:
    """What stands between client and site. Each of `faults` spoils one answer: a status or LOSE."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.faults: list[int] = []
        self.passed: list[str] = []


@pytest.fixture
def line(live_server: Any) -> Iterator[Line]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            answer = httpx.request(
                self.command, live_server.url + self.path, content=body,
                headers={k: v for k, v in self.headers.items() if k.lower() != "host"},
                timeout=40,
            )  # fmt: skip
            line.passed.append(f"{self.command} {self.path}")
            fault = line.faults.pop(0) if line.faults else None
            if fault == LOSE:
                self.close_connection = True
                return
            self.send_response(fault or answer.status_code)
            if fault:
                self.send_header("Retry-After", "0")
            self.end_headers()
            with suppress(OSError):
                self.wfile.write(b"<h1>Bad gateway</h1>" if fault else answer.content)

        do_GET = do_POST

        def log_message(self, *args: Any) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    line = Line(server.server_port)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield line
    server.shutdown()
    server.server_close()
    thread.join()
