from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from asgiref.sync import async_to_sync

from agents import registry
from approvals.driving.drive import Driver
from approvals.models import Interrupt, Run
from approvals.remote import syncing
from approvals.remote.syncing import Synced, sync_all
from approvals.services.agents import publish
from tests.agents.remote.serving import AgentServer, require
from tests.factories import make_user

Sync = Callable[[], Synced]
Drive = Callable[[Run], Run]


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AgentServer]:
    """An Agent Server that serves the graphs of served.py."""
    require()
    server = AgentServer(tmp_path_factory.mktemp("agent-server"))
    try:
        server.start()
        yield server
    finally:
        server.stop()


@pytest.fixture
def connected(
    server: AgentServer, settings: Any, transactional_db: None
) -> Iterator[Callable[..., None]]:
    """`connected("asks_once")`: that graph is the agent "far"; only this test's threads are seen."""

    def connect(assistant: str, **more: Any) -> None:
        settings.LANGVEL_AGENTS = {"far": server.entry(assistant, **more)}
        registry.load.cache_clear()
        publish(registry.load_all())

    for thread in server.client.threads.search(limit=1_000):
        server.client.threads.delete(thread["thread_id"])
    syncing._nothing_to_do.clear()
    syncing._away.clear()
    yield connect
    registry.load.cache_clear()


@pytest.fixture
def sync() -> Sync:
    """What the periodic job does, done now."""

    def sync() -> Synced:
        [synced] = async_to_sync(sync_all)()
        return synced

    return sync


@pytest.fixture
def drive() -> Drive:
    """One worker's work on one run, done now; the run as it stands afterwards."""

    async def work(run_id: int) -> None:
        driver = await Driver.open(concurrency=2)
        try:
            await driver.drive(run_id)
        finally:
            await driver.close()

    def drive(run: Run) -> Run:
        async_to_sync(work)(run.pk)
        return Run.objects.get(pk=run.pk)

    return drive


@pytest.fixture
def question(
    server: AgentServer, connected: Callable[..., None], sync: Sync
) -> Callable[..., Interrupt]:
    """`question("asks_once")`: another program's thread of that graph, found here."""

    def question(assistant: str, **fields: Any) -> Interrupt:
        connected(assistant)
        make_user("bob", "reviewers")
        server.paused(assistant, **fields)
        sync()
        return Interrupt.objects.get()

    return question
