from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from asgiref.sync import async_to_sync

from agents import registry
from approvals.driving.drive import Driver
from approvals.models import Checkpoint, Run
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
def read(drive: Any) -> Callable[[Run], list[Checkpoint]]:
    """A worker reads the run's earlier states, now; what there is of them, oldest first."""

    async def work(run_id: int) -> None:
        driver = await Driver.open(concurrency=2)
        try:
            await driver.read_history(run_id)
        finally:
            await driver.close()

    def read(run: Run) -> list[Checkpoint]:
        async_to_sync(work)(run.pk)
        return list(Checkpoint.objects.filter(run=run).order_by("checkpoint_id"))

    return read


def before(checkpoints: list[Checkpoint], step: str) -> Checkpoint:
    """The earliest state from which that step ran."""
    return next(one for one in checkpoints if step in one.next)
