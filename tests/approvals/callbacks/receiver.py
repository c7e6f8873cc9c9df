"""A program that is called back: a real HTTP server that answers as it is told."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

CERTIFICATE = Path(__file__).parent / "hooks.test.pem"
"""For the host hooks.test, valid for a century and trusted by nobody."""


class Receiver:
    """`heard` holds what came in: path, headers, body. `answers` are given in turn, then 200."""

    def __init__(self, port: int, *, scheme: str = "http") -> None:
        self.port = port
        self.scheme = scheme
        self.heard: list[tuple[str, dict[str, str], str]] = []
        self.answers: list[int] = []
        self.location = ""
        self.released = threading.Event()
        self.is_slow = False

    def url(self, path: str = "/told", *, host: str = "127.0.0.1") -> str:
        return f"{self.scheme}://{host}:{self.port}{path}"


@contextmanager
def listening(*, tls: bool = False) -> Iterator[Receiver]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            headers = {name.lower(): value for name, value in self.headers.items()}
            receiver.heard.append((self.path, headers, body))
            if receiver.is_slow:
                receiver.released.wait(30)
            self.send_response(receiver.answers.pop(0) if receiver.answers else 200)
            if receiver.location:
                self.send_header("Location", receiver.location)
            self.end_headers()

        def log_message(self, *args: Any) -> None:
            """Nothing: what it hears is looked at by the test."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    if tls:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(CERTIFICATE)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    receiver = Receiver(server.server_port, scheme="https" if tls else "http")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield receiver
    finally:
        receiver.released.set()
        server.shutdown()
        server.server_close()
        thread.join()
