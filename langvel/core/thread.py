"""What a thread's newest checkpoint says about it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from langgraph.constants import START
from langgraph.types import Command, StateSnapshot, StateUpdate

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


def update_for(
    snapshot: StateSnapshot, plan: Plan, values: dict[str, Any], as_node: str | None
) -> StateUpdate:
    """One update that writes `values` and leaves the thread where it stands.

    LangGraph drops what was next, unless the update comes from a node whose edges lead there. A
    gate has no edges, it names what follows; so the update comes from one and names it.
    """
    standing = tuple(task.name for task in snapshot.tasks)
    if as_node is not None or plan.dispatcher is None or START in standing:
        return StateUpdate(values, as_node)
    command: Command[Any] = Command(update=values, goto=standing)
    return StateUpdate(command, plan.dispatcher)  # type: ignore[arg-type]
