from __future__ import annotations

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.core.management import CommandError, call_command
from procrastinate.contrib.django import app

from approvals import audit, tasks
from approvals.audit import seals, sinks
from approvals.models import AuditSeal

pytestmark = pytest.mark.django_db


class Received(HTTPServer):
    """An HTTP server that keeps what it was sent, and answers with `status`."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.requests: list[tuple[str, str, Any, str | None]] = []
        self.status = 200

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    server: Received

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        sent = json.loads(body)
        self.server.requests.append((self.command, self.path, sent, self.headers["Authorization"]))
        self.send_response(self.server.status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_PUT = do_POST

    def log_message(self, *args: Any) -> None:
        pass


@pytest.fixture
def server() -> Iterator[Received]:
    server = Received()
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def seal_some(count: int) -> None:
    for _ in range(count):
        audit.append(None, "sign_in.failed")
        seals.seal()


def numbers(path: Path) -> list[int]:
    return [json.loads(line["statement"])["seal"] for line in sinks.read_lines(path)]


def test_a_file_gets_every_seal_once_and_in_order(settings: Any, sink: Path) -> None:
    settings.LANGVEL_AUDIT_SINK = str(sink)
    seal_some(2)

    given = [sinks.deliver(), sinks.deliver()]
    seal_some(1)
    sinks.deliver()

    assert (given, numbers(sink)) == ([2, 0], [1, 2, 3])


def test_a_copy_is_what_was_signed(settings: Any, sink: Path) -> None:
    settings.LANGVEL_AUDIT_SINK = f"file://{sink}"
    seal_some(1)
    sinks.deliver()

    sealed = AuditSeal.objects.get()
    assert list(sinks.read_lines(sink)) == [
        {"statement": seals.seal_statement(sealed), "signature": sealed.signature}
    ]


def test_a_line_that_was_cut_short_does_not_swallow_the_next(settings: Any, sink: Path) -> None:
    settings.LANGVEL_AUDIT_SINK = str(sink)
    sink.parent.mkdir()
    sink.write_text('{"statement": "{\\"se')
    seal_some(1)

    sinks.deliver()

    assert numbers(sink) == [1]


def test_a_webhook_is_posted_each_seal(settings: Any, server: Received) -> None:
    settings.LANGVEL_AUDIT_SINK = f"http://{server.address}/audit"
    settings.LANGVEL_AUDIT_SINK_HEADERS = {"Authorization": "Bearer x"}
    seal_some(2)

    sinks.deliver()

    assert [(method, path, who) for method, path, _, who in server.requests] == [
        ("POST", "/audit", "Bearer x")
    ] * 2
    assert [json.loads(sent["statement"])["seal"] for *_, sent, _ in server.requests] == [1, 2]


def test_an_object_store_gets_an_object_for_each_seal(settings: Any, server: Received) -> None:
    settings.LANGVEL_AUDIT_SINK = f"put+http://{server.address}/bucket/{{seq}}.json?sig=x"
    seal_some(2)

    sinks.deliver()

    assert [(method, path) for method, path, *_ in server.requests] == [
        ("PUT", "/bucket/000000000001.json?sig=x"),
        ("PUT", "/bucket/000000000002.json?sig=x"),
    ]


def test_what_a_sink_refused_is_given_again(settings: Any, server: Received) -> None:
    settings.LANGVEL_AUDIT_SINK = f"http://{server.address}/"
    seal_some(1)
    server.status = 503
    with pytest.raises(CommandError, match="The sink could not be written"):
        call_command("seal_audit")

    server.status = 200

    assert sinks.deliver() == 1


def test_a_sink_that_is_away_keeps_nobody_from_sealing(settings: Any, server: Received) -> None:
    settings.LANGVEL_AUDIT_SINK = f"http://{server.address}/"
    server.status = 500
    audit.append(None, "sign_in.failed")

    with pytest.raises(CommandError):
        call_command("seal_audit")

    assert AuditSeal.objects.count() == 1


def test_without_a_sink_nothing_leaves_the_database(settings: Any) -> None:
    settings.LANGVEL_AUDIT_SINK = ""
    seal_some(1)

    assert sinks.deliver() == 0


@pytest.mark.django_db(transaction=True)
def test_a_worker_seals_and_delivers_every_minute(settings: Any, sink: Path) -> None:
    settings.LANGVEL_AUDIT_SINK = str(sink)
    audit.append(None, "sign_in.failed")

    async_to_sync(tasks.seal_audit.func)(0)

    assert numbers(sink) == [1]
    assert [
        periodic.cron
        for periodic in app.periodic_registry.periodic_tasks.values()
        if periodic.task.name == "approvals.seal_audit"
    ] == ["* * * * *"]
