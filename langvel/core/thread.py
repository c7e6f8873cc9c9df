"""What a thread's newest checkpoint says about it."""

from __future__ import annotations

from collections.abc import Container, Mapping
from typing import Any

from langgraph.constants import START
from langgraph.types import Command, Interrupt, StateSnapshot, StateUpdate

from langvel.core.notes import ASKED, VERDICT, read_notes
from langvel.exceptions import (
    AlreadyPaused,
    MissingThreadId,
    NotPaused,
    ThreadFailed,
    UnknownThread,
)
from langvel.routing.plan import Plan
from langvel.state.private import PRIVATE
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


def require_paused(status: Status, thread_id: str, plan: Plan) -> None:
    if status == "unknown":
        raise UnknownThread(thread_id)
    if status == "finished":
        never = "" if plan.gates else " Its graph has no gate: add .interrupt() where one is due."
        raise NotPaused(f"Thread {thread_id!r} has finished; nothing waits for a person.{never}")
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
        raise UnknownThread(thread_id)
    if again and status == "finished":
        raise NotPaused(f"Thread {thread_id!r} has finished; there is no step to run again.")


def updates_for(
    snapshot: StateSnapshot, plan: Plan, values: dict[str, Any], as_node: str | None
) -> list[StateUpdate]:
    """Updates that write `values` and leave the thread where it stands.

    LangGraph drops what was next, unless the update comes from a node whose edges lead there. A
    gate has no edges, it names what follows; so the update comes from one and names it. LangGraph
    also drops what parallel steps have done meanwhile and would run them again; so their results
    are handed in once more.
    """
    if as_node is not None or plan.dispatcher is None:
        return [StateUpdate(values, as_node)]
    done = {
        task.name: {name: value for name, value in task.result.items() if name not in values}
        for task in snapshot.tasks
        if task.result is not None and task.name in plan.steps
    }
    standing = tuple(task.name for task in snapshot.tasks if task.name not in done)
    if START in standing:
        return [StateUpdate(values, as_node)]
    notes = read_notes(values)
    asked = _asked(snapshot, has_verdict=VERDICT in notes)
    noted = {**values, PRIVATE: {**notes, ASKED: asked}}
    command: Command[Any] = Command(update=noted, goto=standing)
    return [
        *(StateUpdate(result, name) for name, result in done.items()),
        StateUpdate(command, plan.dispatcher),  # type: ignore[arg-type]
    ]


def _asked(snapshot: StateSnapshot, *, has_verdict: bool) -> list[str]:
    """The gates that a bare resume() may answer; an update makes LangGraph forget who asked.

    A gate that was answered while others still wait asks again, since the update changed what its
    question shows. Only an update that gives a verdict speaks for it too: any other must neither
    pass on an approval of something else nor turn a refusal into an approval.
    """
    before = read_notes(snapshot.values).get(ASKED, ())
    return [
        task.name
        for task in snapshot.tasks
        if (has_verdict if task.result is not None else task.interrupts or task.name in before)
    ]


def shown(snapshot: StateSnapshot, *, asked: Container[str] | None) -> tuple[Interrupt, ...]:
    """The questions that a bare resume() may answer: all that wait, or only those of `asked`."""
    return tuple(
        interrupt
        for task in snapshot.tasks
        if asked is None or task.name in asked
        for interrupt in task.interrupts
    )
