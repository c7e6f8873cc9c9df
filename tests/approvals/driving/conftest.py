from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from agents import registry
from approvals.services.agents import publish


@pytest.fixture
def graphs(graphs: None, request: pytest.FixtureRequest, settings: Any) -> Iterator[None]:
    """Beside the usual graphs those of the module's AGENTS: key → dotted path."""
    if added := getattr(request.module, "AGENTS", None):
        settings.LANGVEL_AGENTS = settings.LANGVEL_AGENTS | added
        registry.load.cache_clear()
        publish(registry.load_all())
    yield
