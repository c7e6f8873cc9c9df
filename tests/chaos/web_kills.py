"""Web processes killed in the middle of answering `POST …/decide/`."""

from __future__ import annotations

import json
import os
import random
import time
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

from rest_framework.test import APIClient

from approvals.models import Interrupt, Token
from approvals.services.runs import start_run
from tests.chaos import crew
from tests.chaos.ground import REVIEWERS, users
from tests.chaos.verdict import insist, judge, settle

SHORT, LONG = 30, 300
LIVES = crew.Lives(moments=30)
"""A decision has five."""
WEB_PROCESSES = 2


def run(*, size: int, seed: int) -> dict[str, Any]:
    """`size` kills, shared by two processes that answer the same questions."""
    people, token = users(), _token()
    for number in range(size):
        start_run(
            agent_key=("chain", "pair", "fan")[number % 3],
            input={"topic": "chaos", "answers": []},
            requested_by=people["requester"],
            via="api",
        )
    webs = [
        crew.hire(
            lambda: _answer_for_ever(token),
            kills=size // WEB_PROCESSES,
            seed=f"{seed}-{number}",
            lives=LIVES,
        )
        for number in range(WEB_PROCESSES)
    ]
    worker = crew.hire(crew.lead_a_workers_life)
    try:
        killed = sum(web.await_kills(seconds=10 * size) for web in webs)
        settle()
    finally:
        for each in (*webs, worker):
            each.end()
    counts = {"kills": killed} | judge(acknowledged())
    insist(counts)
    return counts


def _token() -> str:
    owner = users()[REVIEWERS[0]]
    return Token.objects.issue(
        user=owner, name="chaos", scopes=["*"], lifetime=timedelta(hours=12)
    )[1]


def _answer_for_ever(token: str) -> None:
    """Requests go through the whole stack; an answer of 200 is written down at once."""
    client = APIClient(HTTP_AUTHORIZATION=f"Bearer {token}", HTTP_HOST="127.0.0.1")
    chance = random.Random()
    while True:
        waiting = list(Interrupt.objects.pending().only("id", "version", "digest")[:16])
        if not waiting:
            time.sleep(0.02)
            continue
        _answer(client, chance.choice(waiting))


def _answer(client: APIClient, question: Interrupt) -> None:
    value = uuid4().hex
    body = {
        "version": question.version,
        "digest": question.digest,
        "decisions": [{"type": "respond", "value": value}],
    }
    answer = client.post(f"/api/v1/interrupts/{question.pk}/decide/", body, format="json")
    if answer.status_code == 200:
        acknowledge(question.pk, value)


def acknowledge(question_id: int, value: str) -> None:
    """Written down at once, whatever happens to this process next."""
    line = json.dumps({"id": question_id, "value": value}) + "\n"
    handle = os.open(_acknowledgements(), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    os.write(handle, line.encode())
    os.close(handle)


def _acknowledgements() -> Path:
    return Path(os.environ["LANGVEL_CHAOS_FOLDER"]) / "acknowledged.jsonl"


def acknowledged() -> dict[int, str]:
    path = _acknowledgements()
    lines = map(json.loads, path.read_text().splitlines() if path.exists() else ())
    return {line["id"]: line["value"] for line in lines}
