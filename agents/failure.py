"""Why a pass failed: what a node raised, what storage did."""

from __future__ import annotations

import traceback

import psycopg
from langgraph.types import PregelTask, StateSnapshot

from agents.graphs.structure import Graph
from agents.jsonable import visible
from agents.outcome import ErrorInfo

TRACEBACK_LIMIT = 8_000
"""Characters of a traceback that are kept; the end of it says what happened."""

MESSAGE_LIMIT = 8_000
"""Characters of an exception's own text that are kept: some quote all that they were given."""


class PassLost(Exception):
    """The pass ended without telling anything about the graph: storage failed or the lease is gone.

    Nothing may be recorded from it; whoever drives the run next looks at the checkpoint again.
    """


def is_storage_error(error: BaseException) -> bool:
    """Whether the saver, and not the graph, raised: psycopg, its pool, or the lease fence.

    A value that PostgreSQL cannot hold is the graph's doing: writing it again fails again.
    """
    if isinstance(error, psycopg.DataError):
        return False
    return type(error).__module__.split(".")[0] in ("psycopg", "psycopg_pool")


def failed_tasks(graph: Graph, snapshot: StateSnapshot) -> list[PregelTask]:
    """Tasks whose error nothing in the graph handles."""
    return [
        task
        for task in snapshot.tasks
        if task.error is not None and not _is_handled(graph, task.name)
    ]


def _is_handled(graph: Graph, name: str) -> bool:
    return name in graph.nodes and bool(getattr(graph.nodes[name], "error_handler_node", None))


def stored_error(task: PregelTask) -> ErrorInfo:
    """A task keeps its error as text once the process that ran it is gone."""
    if isinstance(task.error, Exception):
        return describe(task.error, node=task.name)
    return ErrorInfo(type="Error", message=_text_of(task.error), node=task.name)


def describe(error: Exception, *, node: str = "") -> ErrorInfo:
    trace = "".join(traceback.format_exception(error))[-TRACEBACK_LIMIT:]
    return ErrorInfo(
        type=type(error).__name__,
        message=_text_of(error) or type(error).__name__,
        node=node,
        detail=visible(trace),
    )


def _text_of(error: object) -> str:
    """An exception may hold what has no text, such as lists in lists without end."""
    try:
        text = str(error)
    except Exception as untold:
        return f"It has no text: {type(untold).__name__}"
    return visible(text[:MESSAGE_LIMIT])
