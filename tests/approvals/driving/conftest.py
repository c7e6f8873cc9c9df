from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest
from asgiref.sync import async_to_sync

from agents import registry
from agents.saver import FencedSaver, open_pool
from approvals.database import conninfo
from approvals.models import Run
from approvals.services.agents import publish


@pytest.fixture
def graphs(graphs: None, request: pytest.FixtureRequest, settings: Any) -> Iterator[None]:
    """Beside the usual graphs those of the module's AGENTS: key → dotted path."""
    if added := getattr(request.module, "AGENTS", None):
        settings.LANGVEL_AGENTS = settings.LANGVEL_AGENTS | added
        registry.load.cache_clear()
        publish(registry.load_all())
    yield


@pytest.fixture
def outside(drive: Any) -> Callable[[Run, Callable[[Any, Any], Awaitable[Any]]], None]:
    """`outside(run, what)`: another program, with the same graph and database, does `what`.

    It is given the graph and the config of the run's thread.
    """

    async def work(run: Run, what: Callable[[Any, Any], Awaitable[Any]]) -> None:
        async with open_pool(conninfo(), max_size=2) as pool:
            agent = registry.load(run.agent_id)
            graph = agent.compile(FencedSaver(pool, types=agent.serializable_types()))
            await what(graph, {"configurable": {"thread_id": run.thread_id}})

    def outside(run: Run, what: Callable[[Any, Any], Awaitable[Any]]) -> None:
        async_to_sync(work)(run, what)

    return outside


@pytest.fixture
def load(settings: Any) -> Callable[..., None]:
    """`load("renamed")`: from now on that is the code of the agent; no worker has started yet."""

    def load(name: str, *, key: str = "pays") -> None:
        settings.LANGVEL_AGENTS = settings.LANGVEL_AGENTS | {key: f"tests.deploys.{name}"}
        registry.load.cache_clear()

    return load


@pytest.fixture
def deploy(load: Callable[..., None]) -> Callable[..., None]:
    """`deploy("renamed")`: a worker has started with that code."""

    def deploy(name: str, *, key: str = "pays") -> None:
        load(name, key=key)
        publish(registry.load_all())

    return deploy
