"""Agents run on every saver; the guide's code is read from its own text."""

import ast
import inspect
import re
import textwrap
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from langvel.checkpointers.database import close_databases
from langvel.core.agent import Agent
from langvel.exceptions import MemoryIsVolatile, WorkflowPaused

GUIDE = Path(__file__).parent / "guide" / "human-in-the-loop.md"

Config = dict[str, Any]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    quiet = pytest.mark.filterwarnings(f"ignore::{MemoryIsVolatile.__module__}.MemoryIsVolatile")
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(quiet)


@pytest.fixture
def postgres(database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The name of the checkpointer, with DATABASE_URL set for it."""
    monkeypatch.setenv("DATABASE_URL", database_url)
    yield "postgres"
    close_databases()


@pytest.fixture
def redis(redis_url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The name of the checkpointer, with REDIS_URL set for it."""
    monkeypatch.setenv("REDIS_URL", redis_url)
    return "redis"


@pytest.fixture(params=["memory", "postgres", pytest.param("redis", marks=pytest.mark.redis)])
def saver(request: pytest.FixtureRequest) -> str:
    """Every test that asks for it runs on all of them."""
    name: str = request.param
    return name if name == "memory" else request.getfixturevalue(name)


@pytest.fixture
def thread() -> Config:
    return new_thread()


def new_thread() -> Config:
    return {"configurable": {"thread_id": uuid.uuid4().hex}}


@pytest.fixture
def threads() -> Callable[[], Config]:
    """Makes configs for as many threads as a test needs."""
    return new_thread


@pytest.fixture
def pause() -> Callable[..., Any]:
    """Start a run and expect it to wait; gives the WorkflowPaused."""

    async def start(agent: Agent, values: dict[str, Any], config: Config) -> WorkflowPaused:
        with pytest.raises(WorkflowPaused) as caught:
            await agent.invoke(values, config)
        return caught.value

    return start


class Guide:
    """The Human-in-the-Loop guide: its code blocks, found by their heading, run as printed."""

    def __init__(self) -> None:
        self.sections: dict[str, list[str]] = {}
        heading = ""
        for match in re.finditer(
            r"^#+ ([^\n]+)$|^ *```python\n(.*?)```", GUIDE.read_text(), re.M | re.S
        ):
            heading = match[1] or heading
            if match[2]:
                self.sections.setdefault(heading, []).append(textwrap.dedent(match[2]))

    def code(self, heading: str) -> str:
        return "\n".join(self.sections[heading])

    def define(self, heading: str, /, **names: Any) -> dict[str, Any]:
        """Run a block of definitions."""
        exec(self.code(heading), names)
        return names

    async def run(self, heading: str, names: dict[str, Any]) -> dict[str, Any]:
        """Run a block of statements, `await` included, on the running loop."""
        flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
        result = eval(compile(self.code(heading), heading, "exec", flags=flags), names)
        if inspect.isawaitable(result):
            await result
        return names


@pytest.fixture
def guide() -> Guide:
    return Guide()
