"""The state of a remote thread, as JSON → what it asks, in the same words as any other thread."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from agents import dialects
from agents.dialects import breakpoint as static_breakpoint
from agents.dialects import node_interrupt
from agents.dialects.request import ReviewRequest
from agents.jsonable import canonical, to_json
from agents.outcome import Question
from agents.remote.agent import RemoteAgent

BREAKPOINT = static_breakpoint.INTERRUPT_ID
_BY_HAND = {"update", "fork"}
_STEERING = {BREAKPOINT, node_interrupt.INTERRUPT_ID}


def read(
    agent: RemoteAgent,
    thread: Mapping[str, Any],
    *,
    state: Mapping[str, Any],
    last_run: Mapping[str, Any],
    is_ours: bool,
) -> tuple[Question, ...]:
    """Every question of the thread; interrupts of graphs within surface at its root.

    `is_ours`: the last run was this site's, so a step that failed has heard our answer. One that
    failed with another client's can still be answered, after a fork.
    """
    asked = tuple(
        _question(agent, thread, state, task=task, asked=interrupt, is_ours=is_ours)
        for task in state.get("tasks") or []
        for interrupt in task.get("interrupts") or []
    )
    if asked or not _stands_at_breakpoint(thread, state, last_run):
        return asked
    return (_breakpoint(agent, thread, state),)


def checkpoint_id(state: Mapping[str, Any]) -> str:
    return str((state.get("checkpoint") or {}).get("checkpoint_id") or "")


def same_asked(one: Question, other: Question) -> bool:
    """Whether another moment's question is the same in everything a reviewer can see."""
    return (one.node, canonical(one.request.payload)) == (
        other.node,
        canonical(other.request.payload),
    )


def _question(
    agent: RemoteAgent,
    thread: Mapping[str, Any],
    state: Mapping[str, Any],
    *,
    task: Mapping[str, Any],
    asked: Mapping[str, Any],
    is_ours: bool,
) -> Question:
    payload = to_json(asked.get("value"))
    schema = to_json(asked.get("response_schema"))
    interrupt_id = str(asked.get("id") or "")
    request = dialects.read(
        payload,
        node=str(task["name"]),
        state=agent.public_state(state.get("values") or {}),
        interrupt_id=interrupt_id,
        response_schema=schema if isinstance(schema, dict) else None,
    )
    return _bound(
        agent,
        thread,
        state,
        task=task,
        interrupt_id=interrupt_id,
        request=_without_edit(request) if interrupt_id in _STEERING else request,
        is_failed=is_ours and bool(task.get("error")),
    )


def _stands_at_breakpoint(
    thread: Mapping[str, Any], state: Mapping[str, Any], last_run: Mapping[str, Any]
) -> bool:
    """A thread whose run was stopped or whose state was changed is "interrupted" as well.

    One that lists questions its state does not hold has lost them; a breakpoint has none.
    """
    return (
        thread["status"] == "interrupted"
        and not any(thread.get("interrupts") or ())
        and (state.get("metadata") or {}).get("source") not in _BY_HAND
        and bool(state.get("next"))
        and last_run.get("status") == "success"
    )


def _breakpoint(
    agent: RemoteAgent, thread: Mapping[str, Any], state: Mapping[str, Any]
) -> Question:
    following = list(state["next"])
    request = dialects.read(
        {"next": following},
        node=", ".join(dict.fromkeys(following)),
        state=agent.public_state(state.get("values") or {}),
        interrupt_id=BREAKPOINT,
    )
    tasks = list(state.get("tasks") or [])
    return _bound(
        agent,
        thread,
        state,
        task=tasks[0] if tasks else {"id": "", "name": following[0]},
        interrupt_id=BREAKPOINT,
        request=_without_edit(request),
    )


def _without_edit(request: ReviewRequest) -> ReviewRequest:
    """From outside nobody can tell which values of a state are replaced and which are added to,
    nor whether there is another breakpoint behind a skipped step."""
    left = tuple(verb for verb in request.actions[0].allowed if verb in ("approve", "reject"))
    action = replace(request.actions[0], allowed=left, response_schema=None)
    return replace(request, actions=(action, *request.actions[1:]))


def _bound(
    agent: RemoteAgent,
    thread: Mapping[str, Any],
    state: Mapping[str, Any],
    *,
    task: Mapping[str, Any],
    interrupt_id: str,
    request: ReviewRequest,
    is_failed: bool = False,
) -> Question:
    bound = {
        "thread": thread["thread_id"],
        "checkpoint": checkpoint_id(state),
        "task": task["id"],
        "interrupt": interrupt_id,
        "payload": request.payload,
        "actions": [action.as_json() for action in request.actions],
        "version": agent.version,
    }
    return Question(
        checkpoint_id=checkpoint_id(state),
        task_id=str(task["id"]),
        interrupt_id=interrupt_id,
        node=str(task["name"]),
        request=request,
        digest=hashlib.sha256(canonical(bound).encode()).hexdigest(),
        version=agent.version,
        steers=interrupt_id in _STEERING,
        is_failed=is_failed,
    )


def pending_ids(found: Mapping[str, Any]) -> Iterator[str]:
    """The ids a listed thread carries; an errored one carries none though it may ask."""
    for interrupts in (found.get("interrupts") or {}).values():
        for interrupt in interrupts:
            yield str(interrupt.get("id") or "")
