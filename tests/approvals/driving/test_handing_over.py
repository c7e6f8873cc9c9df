"""A worker that is told to stop finishes what it does, or leaves it to the next one as it was."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from langgraph.graph import StateGraph

from approvals.database import conninfo
from approvals.driving.reconcile import reconcile
from approvals.models import Run
from approvals.services.runs import start_run
from tests.factories import make_user
from tests.graphs import State, _chain

pytestmark = pytest.mark.django_db(transaction=True)

SECONDS = 60
AGENTS = {"waits_for_a_file": "tests.approvals.driving.test_handing_over.waits_for_a_file"}
WORKER = """
import sys, django; django.setup()
from agents import registry
from approvals.management.commands import worker
registry.load_all()
worker.GRACE = float(sys.argv[1])
worker.run(concurrency=2)
"""

Drive = Callable[[Run | int], Run]


def waits_for_a_file() -> StateGraph[Any]:
    """Says that it has begun, and goes on when told to by a file in the folder it is given."""

    async def step(state: State) -> State:
        folder = Path(state["topic"])
        (folder / "begun").touch()
        # Another process writes it.
        while not (folder / "go").exists():  # noqa: ASYNC110
            await asyncio.sleep(0.02)
        return {"answers": ["done"]}

    return _chain(step=step)


def test_a_pass_that_is_nearly_done_is_finished_first(graphs: None, tmp_path: Path) -> None:
    run = start(tmp_path)

    with worker(grace=SECONDS) as process:
        await_file(tmp_path / "begun")
        process.send_signal(signal.SIGTERM)
        (tmp_path / "go").touch()
        assert process.wait(timeout=SECONDS) == 0

    run.refresh_from_db()
    assert (run.status, run.result["answers"]) == ("success", ["done"])


@pytest.mark.parametrize("deploys", [1, 3])
def test_a_pass_that_takes_longer_is_left_to_the_next_worker_and_costs_no_attempt(
    graphs: None, drive: Drive, tmp_path: Path, deploys: int
) -> None:
    run = start(tmp_path)

    for _ in range(deploys):
        with worker(grace=0.1) as process:
            await_file(tmp_path / "begun")
            process.send_signal(signal.SIGTERM)
            assert process.wait(timeout=SECONDS) == 0
        (tmp_path / "begun").unlink()
    run.refresh_from_db()
    (tmp_path / "go").touch()

    assert (run.status, run.attempts, run.lease_token) == ("running", 0, None)
    reconcile(grace_seconds=0)
    assert drive(run).status == "success"


def start(folder: Path) -> Run:
    alice = make_user("alice", "requesters")
    asked = {"topic": str(folder)}
    return start_run(agent_key="waits_for_a_file", input=asked, requested_by=alice, via="api")


@contextmanager
def worker(*, grace: float) -> Iterator[subprocess.Popen[bytes]]:
    own = {
        "DATABASE_URL": conninfo(),
        "DJANGO_SETTINGS_MODULE": "langvel_site.settings",
        "LANGVEL_AGENTS": json.dumps(AGENTS),
    }
    command = [sys.executable, "-c", WORKER, str(grace)]
    process = subprocess.Popen(command, env={**os.environ, **own})
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def await_file(path: Path) -> None:
    for _ in range(SECONDS * 20):
        if path.exists():
            return
        time.sleep(0.05)
    raise AssertionError(f"{path} never came")
