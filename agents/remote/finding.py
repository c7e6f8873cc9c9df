"""What waits on an Agent Server, and what the server says of an agent."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import httpx
from langgraph_sdk.client import LangGraphClient

from agents.remote import questions
from agents.remote.agent import RemoteAgent, is_id
from agents.remote.client import TryLater
from agents.remote.looking import Look, look

PAGE = 100
MOST_THREADS = 1_000
"""Listed of one status in one go, those that changed last first; more come when these are done."""

_AT_ONCE = 4
"""A server has other clients too."""

# A failed resume makes a thread "error" although its questions are still pending.
_STATUSES: tuple[Literal["interrupted", "error"], ...] = ("interrupted", "error")


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """A thread in a list of the server's. `asks` is empty for an errored one that asks."""

    thread_id: str
    status: str
    updated_at: str
    asks: frozenset[str]


@dataclass(frozen=True, kw_only=True)
class Description:
    """An assistant in the server's words."""

    description: str
    input_schema: dict[str, Any]
    drawing: dict[str, Any]


async def waiting(client: LangGraphClient, agent: RemoteAgent) -> list[Waiting]:
    """Threads that may have a question, each once, those that changed last first."""
    found: dict[str, Waiting] = {}
    for status in _STATUSES:
        for offset in range(0, MOST_THREADS, PAGE):
            page = await client.threads.search(
                status=status,
                metadata=agent.belongs,
                limit=PAGE,
                offset=offset,
                sort_by="updated_at",
                sort_order="desc",
                select=["thread_id", "status", "updated_at", "interrupts"],
            )
            for row in page:
                found.setdefault(row["thread_id"], _waiting(row))
            if len(page) < PAGE:
                break
    return list(found.values())


async def look_at(
    client: LangGraphClient, agent: RemoteAgent, threads: Mapping[str, str | None]
) -> dict[str, Look]:
    """These threads, thread id → mark, without those that are being moved this moment."""
    gate = asyncio.Semaphore(_AT_ONCE)

    async def one(thread_id: str, mark: str | None) -> Look | None:
        async with gate:
            try:
                return await look(client, agent, thread_id, mark=mark)
            except TryLater:
                return None

    seen = await asyncio.gather(*(one(*item) for item in threads.items()))
    return {
        thread_id: found
        for thread_id, found in zip(threads, seen, strict=True)
        if found is not None and not found.is_busy
    }


async def describe(client: LangGraphClient, agent: RemoteAgent) -> Description | None:
    """None when the server has no such assistant."""
    assistant_id = agent.assistant
    if not is_id(assistant_id):
        named = await client.assistants.search(graph_id=assistant_id, limit=1)
        if not named:
            return None
        assistant_id = named[0]["assistant_id"]
    assistant, schemas, graph = await asyncio.gather(
        client.assistants.get(assistant_id),
        _if_told(client.assistants.get_schemas(assistant_id)),
        _if_told(client.assistants.get_graph(assistant_id)),
    )
    return Description(
        description=str(assistant.get("description") or ""),
        input_schema=_input_schema(schemas),
        drawing=_drawing(graph),
    )


async def _if_told(asked: Awaitable[Mapping[str, Any]]) -> Mapping[str, Any]:
    """Servers fail to draw some graphs and to name the schemas of some; they run all the same."""
    try:
        return await asked
    except httpx.HTTPStatusError:
        return {}


def _waiting(row: Mapping[str, Any]) -> Waiting:
    return Waiting(
        thread_id=str(row["thread_id"]),
        status=str(row["status"]),
        updated_at=str(row["updated_at"]),
        asks=frozenset(questions.pending_ids(row)),
    )


def _input_schema(schemas: Mapping[str, Any]) -> dict[str, Any]:
    """Servers leave out the schema of an input that is the whole state; then no value is owed."""
    found = schemas.get("input_schema")
    if isinstance(found, dict):
        return found
    state = schemas.get("state_schema")
    if not isinstance(state, dict):
        return {"type": "object"}
    return {name: value for name, value in state.items() if name != "required"}


def _drawing(graph: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "nodes": [str(node["id"]) for node in graph.get("nodes", ())],
        "edges": [
            {
                "source": str(edge["source"]),
                "target": str(edge["target"]),
                "conditional": bool(edge.get("conditional")),
            }
            for edge in graph.get("edges", ())
        ],
    }
