"""Keeps the queue in line with the threads that wait on Agent Servers. Safe to run at any time."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from agents import registry
from agents.remote.agent import RemoteAgent
from agents.remote.client import TryLater, connect
from agents.remote.finding import Waiting, describe, look_at, waiting
from agents.remote.looking import Look
from agents.remote.marks import is_of_this_site, mark_of
from agents.remote.questions import BREAKPOINT
from approvals.database import in_database
from approvals.remote import recording
from approvals.remote.recording import Known

log = logging.getLogger(__name__)

MOST_LOOKS = 200
"""Threads of one agent read in one go; the others are read in the next."""

MOST_SECONDS = 120

_nothing_to_do: dict[tuple[str, str], str] = {}
"""(agent, thread) → when it last changed: errored threads that ask nothing need no second look."""

_away: set[str] = set()
"""Agents whose server did not answer the last time, so that a log says it once."""


@dataclass(frozen=True, kw_only=True)
class Synced:
    """`found`: runs begun for threads that wait. `followed`: runs others had moved."""

    agent_key: str
    found: int = 0
    followed: int = 0
    problem: str = ""


async def sync_all() -> list[Synced]:
    """Every agent elsewhere; a server that is away holds up no other."""
    keys = sorted(registry.remote_keys())
    return list(await asyncio.gather(*(_guarded(key) for key in keys)))


async def _guarded(key: str) -> Synced:
    try:
        agent = registry.load(key)
        assert isinstance(agent, RemoteAgent)
        async with asyncio.timeout(MOST_SECONDS):
            synced = await sync(agent)
    except (TryLater, TimeoutError, registry.BadAgentPath) as error:
        problem = str(error) or f"The Agent Server of {key!r} is too slow."
        if key not in _away:
            log.warning("%s Its questions stay as they are until it answers.", problem)
        _away.add(key)
        return Synced(agent_key=key, problem=problem)
    if key in _away:
        log.info("The Agent Server of %r is back.", key)
        _away.discard(key)
    return synced


async def sync(agent: RemoteAgent) -> Synced:
    """Raises TryLater."""
    async with connect(agent) as client:
        if await in_database(recording.is_due, agent.key):
            await in_database(recording.describe, agent.key, await describe(client, agent))
        listed = await waiting(client, agent)
        known = await in_database(recording.known_runs, agent.key)
        threads = _worth_a_look(agent.key, listed, known)
        marks = {one: mark_of(known[one].run_id) if one in known else None for one in threads}
        seen = await look_at(client, agent, marks)
    found = [await _take(agent, thread_id, look) for thread_id, look in _new(seen, known)]
    followed = [
        await in_database(recording.follow, known[thread_id], look)
        for thread_id, look in seen.items()
        if thread_id in known
    ]
    return Synced(agent_key=agent.key, found=sum(found), followed=sum(followed))


def _worth_a_look(key: str, listed: Iterable[Waiting], known: Mapping[str, Known]) -> list[str]:
    """Threads of which rows and list tell different things, or the list tells too little."""
    listed = {thread.thread_id: thread for thread in listed}
    new = [
        thread_id
        for thread_id, thread in listed.items()
        if thread_id not in known and _nothing_to_do.get((key, thread_id)) != thread.updated_at
    ]
    moved = [
        thread_id
        for thread_id, run in known.items()
        if run.waits and (thread_id not in listed or _asks(listed[thread_id]) != run.asks)
    ]
    # In any order, so that none is left out for ever when there are too many.
    random.shuffle(moved)
    return [*new[: MOST_LOOKS // 2], *moved[: MOST_LOOKS // 2]]


def _asks(thread: Waiting) -> frozenset[str]:
    if thread.status == "interrupted" and not thread.asks:
        return frozenset({BREAKPOINT})
    return thread.asks


def _new(seen: Mapping[str, Look], known: Mapping[str, Known]) -> Iterable[tuple[str, Look]]:
    return [(thread_id, look) for thread_id, look in seen.items() if thread_id not in known]


async def _take(agent: RemoteAgent, thread_id: str, look: Look) -> bool:
    """A thread that failed with this site's own answer belongs to a run of ours, to be retried."""
    if look.view.questions and not is_of_this_site(look.last_failed_of):
        return await in_database(recording.begin, agent, thread_id, look) is not None
    _nothing_to_do[agent.key, thread_id] = look.updated_at
    return False
