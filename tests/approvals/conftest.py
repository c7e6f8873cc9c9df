from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.db import connection

from agents import registry
from approvals.driving.drive import Driver
from approvals.models import Interrupt, Run
from approvals.services.agents import publish
from approvals.services.decisions import decide
from approvals.services.runs import start_run
from tests.factories import make_user

GRAPHS = (
    "asks_once",
    "asks_twice",
    "asks_three_at_once",
    "fails_after_answer",
    "fails_at_once",
    "never_asks",
    "says_who",
)


@pytest.fixture
def graphs(settings: Any, transactional_db: None) -> Iterator[None]:
    """The graphs of tests/graphs.py, beside the samples, registered and published."""
    settings.LANGVEL_AGENTS = settings.LANGVEL_AGENTS | {
        name: f"tests.graphs.{name}" for name in GRAPHS
    }
    registry.load.cache_clear()
    publish(registry.load_all())
    yield
    registry.load.cache_clear()


@pytest.fixture
def printed(
    graphs: None, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[str, str, Mapping[str, str]], None]:
    """`printed("shop", code, {"accounts": "graph"})`: a document's code as a module, published."""

    def publish_module(module: str, code: str, agents: Mapping[str, str]) -> None:
        (tmp_path / f"{module}.py").write_text(code)
        monkeypatch.syspath_prepend(tmp_path)
        monkeypatch.delitem(sys.modules, module, raising=False)
        settings.LANGVEL_AGENTS = {key: f"{module}.{name}" for key, name in agents.items()}
        registry.load.cache_clear()
        publish(registry.load_all())

    return publish_module


@pytest.fixture
def drive(graphs: None) -> Callable[[Run | int], Run]:
    """One worker's work on one run, done now; the run as it stands afterwards."""

    async def work(run_id: int) -> None:
        driver = await Driver.open(concurrency=2)
        try:
            await driver.drive(run_id)
        finally:
            await driver.close()

    def drive(run: Run | int) -> Run:
        run_id = run if isinstance(run, int) else run.pk
        async_to_sync(work)(run_id)
        return Run.objects.get(pk=run_id)

    return drive


@pytest.fixture
def started(drive: Callable[[Run | int], Run]) -> Callable[..., Run]:
    """`started("asks_once")`: a run of that agent, asked for by alice, after its first pass."""

    def started(agent_key: str, **fields: Any) -> Run:
        fields = {"input": {"topic": "tea"}, "via": "api"} | fields
        requester = fields.pop("requested_by", None) or make_user("alice", "requesters")
        return drive(start_run(agent_key=agent_key, requested_by=requester, **fields))

    return started


def answer(question: Interrupt, value: Any = "yes", **fields: Any) -> Any:
    """Respond to a plain question as bob, as one who has just seen it."""
    fields = {"decisions": [{"type": "respond", "value": value}]} | fields
    return decide(
        question.pk,
        actor=fields.pop("actor", None) or make_user("bob", "reviewers"),
        version=fields.pop("version", question.version),
        digest=fields.pop("digest", question.digest),
        via="page",
        auth_method="session",
        **fields,
    )


def jobs() -> list[tuple[str, int]]:
    """What is queued: task name and run id, oldest first."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT task_name, (args ->> 'run_id')::bigint FROM procrastinate_jobs"
            " WHERE status = 'todo' ORDER BY id"
        )
        return cursor.fetchall()
