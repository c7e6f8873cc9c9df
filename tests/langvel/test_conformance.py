"""Every checkpointer langvel makes is a LangGraph checkpointer: the public suite says so."""

import uuid
from collections.abc import AsyncIterator
from typing import Any

from langgraph.checkpoint.conformance import validate
from langgraph.checkpoint.conformance.initializer import RegisteredCheckpointer

from langvel.checkpointers.backend import open_backend

BASE = {"put", "put_writes", "get_tuple", "list", "delete_thread"}


async def test_each_checkpointer_passes_the_public_conformance_suite(saver: str) -> None:
    async def make() -> AsyncIterator[Any]:
        yield open_backend(saver, types=()).saver

    report = await validate(RegisteredCheckpointer(name=uuid.uuid4().hex, factory=make))  # type: ignore[arg-type]

    assert {name: result.failures for name, result in report.results.items()} == {
        name: [] for name in report.results
    }
    assert {name for name, result in report.results.items() if result.passed} >= BASE
