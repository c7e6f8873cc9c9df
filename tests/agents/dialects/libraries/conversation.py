"""A real graph on the site's saver: what it asks is read, and answered as the site answers."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import uuid4

from langgraph.types import Command

from agents import dialects
from agents.dialects.request import ReviewRequest
from agents.jsonable import to_json
from agents.saver import FencedSaver, create_tables, open_pool
from agents.tool_schemas import tool_schema
from tests.agents.dialects.asking import tell


@dataclass(frozen=True)
class Asked:
    """A pending interrupt of a thread, as read."""

    id: str
    request: ReviewRequest

    def answer(self, *decisions: Any) -> dict[str, Any]:
        """The resume map, once through JSON, as it waits in the site's database."""
        value = tell(self.request, *decisions, interrupt_id=self.id)
        return {self.id: json.loads(json.dumps(value))}


class Conversation:
    """One thread of a graph. Each pass compiles nothing anew but opens a saver of its own."""

    def __init__(self, graph: Any, pool: Any) -> None:
        self._graph = graph
        self._pool = pool
        self._thread = uuid4().hex

    async def start(self, values: Any) -> list[Asked]:
        return await self._pass(values)

    async def resume(self, *answers: dict[str, Any]) -> list[Asked]:
        """All answers at once, refused where an id was used before, as the runner does it."""
        together = {key: value for answer in answers for key, value in answer.items()}
        return await self._pass(Command(resume=together), __pregel_strict_resume=True)

    async def pending(self) -> list[Asked]:
        snapshot = await self._compiled().aget_state(self._config())
        return [
            Asked(
                one.id,
                dialects.read(
                    to_json(one.value),
                    node=task.name,
                    state=to_json(snapshot.values),
                    interrupt_id=one.id,
                    response_schema=to_json(one.response_schema),
                    tool_schema=partial(tool_schema, self._graph),
                ),
            )
            for task in snapshot.tasks
            for one in task.interrupts
        ]

    async def values(self) -> dict[str, Any]:
        return to_json((await self._compiled().aget_state(self._config())).values)

    async def _pass(self, given: Any, **extra: Any) -> list[Asked]:
        await self._compiled().ainvoke(given, self._config(**extra), durability="sync")
        return await self.pending()

    def _compiled(self) -> Any:
        return self._graph.copy({"checkpointer": FencedSaver(self._pool)})

    def _config(self, **extra: Any) -> Any:
        return {"configurable": {"thread_id": self._thread, **extra}}


@asynccontextmanager
async def conversing(database_url: str, graph: Any) -> AsyncIterator[Conversation]:
    async with open_pool(database_url, max_size=4) as pool:
        await create_tables(pool)
        yield Conversation(graph, pool)
