"""Reads a thread of an Agent Server: what it asks, how its last run ended, with what it was run."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import httpx
from langgraph_sdk.client import LangGraphClient

from agents.config import MARK
from agents.outcome import ErrorInfo
from agents.remote import questions
from agents.remote.agent import RemoteAgent
from agents.remote.client import TryLater, is_missing
from agents.view import View

_RUNS_READ = 20
"""Newest runs of a thread that are looked at for the one whose configuration counts."""

_UNDER_WAY = {"pending", "running"}
_BROKEN = {"error", "timeout", "interrupted"}
NOT_ASKED = "UnknownInterruptError"
"""What a run ends in that answers a question the graph does not ask: it changed nothing."""


@dataclass(frozen=True, kw_only=True)
class Look:
    """A thread at one moment at which no run was under way, or `is_busy`.

    `is_stuck`: a step failed with an answer that another client gave it, which LangGraph would
    replay whatever is sent. `runs` are the newest ones, newest first. `source` says what wrote the
    head of the thread: "loop" and "input" for a run, else "update" or "fork".
    """

    view: View
    is_there: bool
    is_busy: bool
    is_stuck: bool
    runs: Sequence[Mapping[str, Any]]
    updated_at: str
    metadata: Mapping[str, Any]
    source: str = ""

    @property
    def under_way(self) -> list[str]:
        return [run["run_id"] for run in self.runs if run["status"] in _UNDER_WAY]

    @property
    def last_failed_of(self) -> Any:
        """The mark of the last run, when it failed: whose answer it was."""
        if not self.runs or self.runs[0]["status"] not in _BROKEN:
            return None
        return (self.runs[0].get("metadata") or {}).get(MARK)


_ABSENT = View(
    checkpoint_id="",
    state={},
    questions=(),
    error=None,
    has_results=False,
    next=(),
    is_ours=False,
)


async def look(
    client: LangGraphClient, agent: RemoteAgent, thread_id: str, *, mark: str | None
) -> Look:
    """`mark` tells the runs of this site's run from everybody else's. Raises TryLater."""
    before = await _thread(client, thread_id)
    if before is None:
        return Look(
            view=_ABSENT,
            is_there=False,
            is_busy=False,
            is_stuck=False,
            runs=(),
            updated_at="",
            metadata={},
        )
    state, runs = await asyncio.gather(
        client.threads.get_state(thread_id, subgraphs=True),
        client.runs.list(thread_id, limit=_RUNS_READ),
    )
    thread = await _thread(client, thread_id)
    if thread is None or thread["updated_at"] != before["updated_at"]:
        # State and runs may be of different moments.
        raise TryLater("The thread changed while it was read.")
    return _read(agent, thread, state=state, runs=runs, mark=mark)


def _read(
    agent: RemoteAgent,
    thread: Mapping[str, Any],
    *,
    state: Mapping[str, Any],
    runs: Sequence[Mapping[str, Any]],
    mark: str | None,
) -> Look:
    tasks = state.get("tasks") or []
    failed = next((task for task in tasks if task.get("error")), None)
    last = runs[0] if runs else {}
    is_busy = thread["status"] == "busy" or last.get("status") in _UNDER_WAY
    is_ours = mark is not None and (last.get("metadata") or {}).get(MARK) == mark
    found = questions.read(agent, thread, state=state, last_run=last, is_ours=is_ours)
    error = _error(thread, last=last, failed=failed) if is_ours or not found else None
    metadata: Mapping[str, Any] = state.get("metadata") or {}
    view = View(
        checkpoint_id=questions.checkpoint_id(state),
        state=agent.public_state(state.get("values") or {}),
        questions=found,
        error=error,
        # What another program's run did before it failed is not for us to do once more.
        has_results=not is_ours or any(task.get("result") is not None for task in tasks),
        next=tuple(state.get("next") or ()),
        is_ours=mark is not None and metadata.get(MARK) == mark,
    )
    return Look(
        view=view,
        is_there=True,
        is_busy=is_busy,
        is_stuck=not is_ours and any(_heard_an_answer(task) for task in tasks),
        runs=runs,
        updated_at=thread["updated_at"],
        metadata=thread.get("metadata") or {},
        source=str(metadata.get("source") or ""),
    )


def _heard_an_answer(task: Mapping[str, Any]) -> bool:
    return bool(task.get("error") and task.get("interrupts"))


async def _thread(client: LangGraphClient, thread_id: str) -> Mapping[str, Any] | None:
    try:
        return await client.threads.get(thread_id)
    except httpx.HTTPStatusError as error:
        if is_missing(error) or error.response.status_code == 422:
            # An id that is no UUID is the id of no thread.
            return None
        raise


def _error(
    thread: Mapping[str, Any],
    *,
    last: Mapping[str, Any],
    failed: Mapping[str, Any] | None,
) -> ErrorInfo | None:
    """How the last run failed, if it did; a step's error stays in the state after that."""
    told = thread.get("error")
    told = told if isinstance(told, Mapping) else {}
    if failed is None and (last.get("status") not in _BROKEN or told.get("error") == NOT_ASKED):
        return None
    node = failed["name"] if failed else ""
    if told:
        return ErrorInfo(type=str(told.get("error")), message=str(told.get("message")), node=node)
    if failed:
        return ErrorInfo(type="Error", message=str(failed["error"]), node=node)
    return ErrorInfo(type="Error", message=f"The run ended as {last['status']}.")
