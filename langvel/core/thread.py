"""What a thread's newest checkpoint says about it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from langgraph.types import StateSnapshot, StateUpdate

from langvel.exceptions import (
    AlreadyPaused,
    MissingThreadId,
    NotPaused,
    ThreadFailed,
    UnknownThread,
)
from langvel.routing.plan import Plan
from langvel.state.view import Status


def thread_id_of(config: Mapping[str, Any] | None) -> str:
    thread_id = ((config or {}).get("configurable") or {}).get("thread_id")
    if thread_id is None or thread_id == "":
        raise MissingThreadId
    return str(thread_id)


def status_of(snapshot: StateSnapshot, plan: Plan) -> Status:
    """Waiting for a person, or only not finished? `next` alone can't tell.

    A thread whose state was updated while paused has no interrupts left, but its gate is next.
    """
    if snapshot.created_at is None:
        return "unknown"
    if any(task.error for task in snapshot.tasks):
        return "failed"
    if snapshot.interrupts or any(name in plan.gates for name in snapshot.next):
        return "paused"
    return "stopped" if snapshot.next else "finished"


def require_paused(status: Status, thread_id: str) -> None:
    if status == "unknown":
        raise UnknownThread(f"No run was ever started on thread {thread_id!r}.")
    if status == "finished":
        raise NotPaused(f"Thread {thread_id!r} has finished; nothing waits for a person.")
    if status != "paused":
        raise ThreadFailed(
            f"Thread {thread_id!r}: a step {'raised' if status == 'failed' else 'was cut short'}. "
            "It is not waiting for approval; invoke(None, config) runs the step again."
        )


def require_startable(status: Status, thread_id: str, *, again: bool) -> None:
    """A new input may start on a fresh, finished or failed thread; `again` repeats a failed step."""
    if status == "paused":
        raise AlreadyPaused(f"Thread {thread_id!r} waits for a person: use resume().")
    if again and status == "unknown":
        raise UnknownThread(f"No run was ever started on thread {thread_id!r}.")
    if again and status == "finished":
        raise NotPaused(f"Thread {thread_id!r} has finished; there is no step to run again.")


def updates_for(
    snapshot: StateSnapshot, plan: Plan, values: dict[str, Any], as_node: str | None
) -> list[StateUpdate]:
    """One superstep that writes `values` and leaves the thread at the gates where it waits.

    LangGraph forgets what was next, unless the update comes from the nodes that lead there: all
    of them, or a gate behind a join would be skipped in silence.
    """
    waiting = [task.name for task in snapshot.tasks if task.name in plan.gates]
    if as_node is not None or not waiting:
        return [StateUpdate(values, as_node)]
    sources = list(dict.fromkeys(name for gate in waiting for name in plan.gates[gate].after))
    return [
        StateUpdate(values if first else None, source)
        for first, source in zip([True, *[False] * len(sources)], sources, strict=False)
    ]
