from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.agents.remote.serving import AgentServer, require


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
