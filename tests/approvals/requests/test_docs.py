"""docs/requests.md runs as printed, against the real site, with somebody who decides."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.core.management import call_command, get_commands
from django.db import connections
from standardwebhooks import Webhook

from approvals.callbacks.signing import headers_for, secrets_of
from approvals.models import Delivery, ExternalRequest, Token
from tests.approvals.api.client import bob
from tests.approvals.requests.asking import asked, decide
from tests.factories import make_user
from tests.markdown import Block, blocks_of, python_of

ROOT = Path(__file__).resolve().parents[3]
PAGE = ROOT / "docs" / "requests.md"

# What bob says to each title; he leaves these to expire or to be withdrawn, and approves the rest.
LEFT = {"Pay Ana 1.00", "Pay Bob 1.00"}
SAID = {
    "Pay Ana 99.00": {"type": "edit", "args": {"to": "Ana", "amount": 90}},
    "Pay Eve 5,000.00": {"type": "reject", "message": "Who is Eve?"},
    "Which warehouse?": {"type": "respond", "value": "Graz"},
}

SECONDS = 60
"""Nothing on the page waits longer for bob, unless he does not decide at all."""

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def asker(live_server: Any, monkeypatch: pytest.MonkeyPatch) -> str:
    """A program of alice's: its environment, token included."""
    _, token = Token.objects.issue(
        user=make_user("alice", "requesters"),
        name="payroll",
        scopes=["requests:read", "requests:write"],
        lifetime=None,
    )
    monkeypatch.setenv("LANGVEL_URL", live_server.url)
    monkeypatch.setenv("LANGVEL_TOKEN", token)
    return token


@pytest.fixture
def reviewer() -> Iterator[None]:
    """Bob, who decides whatever comes in until the test is over."""
    ended = threading.Event()
    waiting = ExternalRequest.objects.filter(run__status="interrupted")

    def work() -> None:
        try:
            while not ended.wait(0.05):
                for request in waiting.exclude(interrupt__title__in=LEFT):
                    said = SAID.get(request.interrupt.title, {"type": "approve"})
                    needs_reason = request.interrupt.policy["reason_required"]
                    decide(bob(), request, said, reason="Seen it." if needs_reason else "")
        finally:
            connections.close_all()

    thread = threading.Thread(target=work)
    thread.start()
    yield
    ended.set()
    thread.join()


def test_the_python_of_the_page_runs_as_printed(asker: str, reviewer: None) -> None:
    names: dict[str, Any] = {"__name__": "page"}

    for block, following in pairwise([*blocks_of(PAGE), None]):
        if block is None or block.language != "python":
            continue
        printed = asyncio.run(asyncio.wait_for(block.run(names), SECONDS))
        if following is not None and following.language == "text":
            assert printed == following.code


def test_the_commands_of_the_page_answer_as_printed(
    asker: str, reviewer: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    if shutil.which("curl") is None and os.environ.get("CI") != "true":
        pytest.skip("there is no curl")

    for block, following in pairwise(block for block in blocks_of(PAGE) if is_shell(block)):
        if block.language == "sh":
            said = json.loads(run(block))
            assert as_printed(said, json.loads(following.code)) == json.loads(following.code)
            with suppress(KeyError):
                monkeypatch.setenv("ID", str(said["id"]))


def is_shell(block: Block) -> bool:
    return block.language in ("sh", "json")


def run(block: Block) -> str:
    done = subprocess.run(["bash", "-euc", block.code], capture_output=True, text=True, check=True)
    return done.stdout


def as_printed(said: Any, shown: Any) -> Any:
    """With a … where the page has one."""
    if shown == "…":
        return shown
    if isinstance(said, dict) and isinstance(shown, dict):
        return {key: as_printed(said[key], shown.get(key)) for key in said}
    if isinstance(said, list) and isinstance(shown, list) and len(said) == len(shown):
        return [as_printed(*pair) for pair in zip(said, shown, strict=True)]
    return said


@pytest.fixture
def receiver(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What the page defines for being called back."""
    names: dict[str, Any] = {}
    code = "\n".join(
        block.code
        for block in python_of(PAGE)
        if "verify_callback" in block.code or "standardwebhooks" in block.code
    )
    exec(compile(code, str(PAGE), "exec", dont_inherit=True), names)
    return names


def called_back(names: dict[str, Any], path: str, body: str, headers: dict[str, str]) -> int:
    async def post() -> int:
        there = httpx.ASGITransport(app=names["app"])
        async with httpx.AsyncClient(transport=there, base_url="https://payroll") as http:
            return (await http.post(path, content=body, headers=headers)).status_code

    return asyncio.run(post())


@pytest.mark.parametrize("path", ["/told", "/told-too"])
def test_the_receivers_of_the_page_believe_the_site_and_nobody_else(
    receiver: dict[str, Any], path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    decide(bob(), asked(callback_url="https://example.com/told"))
    delivery = Delivery.objects.get()
    owner = delivery.request.requested_by_id
    monkeypatch.setenv("CALLBACK_SECRET", secrets_of(owner)[0])
    now = datetime.now(UTC)
    forged = Webhook("whsec_AAAA").sign(delivery.webhook_id, now, delivery.body)
    true = headers_for(webhook_id=delivery.webhook_id, body=delivery.body, user_id=owner, at=now)

    assert called_back(receiver, path, delivery.body, true | {"webhook-signature": forged}) == 401
    assert receiver["done"] == {}

    for _ in range(2):
        assert called_back(receiver, path, delivery.body, true) == 204
    assert receiver["done"] == {delivery.webhook_id: {"amount": 12.5, "to": "Ana"}}


def test_the_commands_of_manage_are_there() -> None:
    named = re.findall(r"^    manage\.py (\w+) (.*)$", PAGE.read_text(), re.M)
    make_user("alice", "requesters")

    assert [name for name, _ in named] == ["create_token", "callback_secret"]
    for name, arguments in named:
        assert name in get_commands()
        call_command(name, *arguments.split())


def test_every_link_of_the_page_leads_somewhere() -> None:
    text = PAGE.read_text()
    titles = {
        re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-")
        for title in re.findall(r"^#+ (.+)$", text, re.M)
    }

    for path, heading in re.findall(r"\]\((?!http)([^)#]*)#?([^)]*)\)", text):
        assert (PAGE.parent / path).exists()
        assert path or heading in titles
