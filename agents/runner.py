"""One pass through a graph: start, resume, continue or cancel it, and say what came of it.

The runner returns, it records nothing. What it is given by id it checks against the graph's own
snapshot; what it finds it reports as an Outcome.
"""

from __future__ import annotations

import hashlib
import traceback
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.graph import END
from langgraph.types import Command, Interrupt, PregelTask, StateSnapshot

from agents import dialects
from agents.adapters import CompiledGraph, RegisteredAgent
from agents.jsonable import canonical, to_json, visible
from agents.outcome import ErrorInfo, Failed, Finished, Outcome, Paused, Question

TRACEBACK_LIMIT = 8_000
"""Characters of a traceback that are kept; the end of it says what happened."""


class PassLost(Exception):
    """The pass ended without telling anything about the graph: storage failed or the lease is gone.

    Nothing may be recorded from it; whoever drives the run next looks at the checkpoint again.
    """


@dataclass(frozen=True, kw_only=True)
class RunConfig:
    """What the first call was given and every later one must be given again (fact 16)."""

    thread_id: str
    configurable: Mapping[str, Any] = field(default_factory=dict)
    context: Mapping[str, Any] | None = None
    tags: tuple[str, ...] = ()
    recursion_limit: int | None = None

    def as_langgraph(self, **extra: Any) -> RunnableConfig:
        config: RunnableConfig = {
            "configurable": {**self.configurable, **extra, "thread_id": self.thread_id},
            "tags": list(self.tags),
        }
        if self.recursion_limit is not None:
            config["recursion_limit"] = self.recursion_limit
        return config


@dataclass(frozen=True, kw_only=True)
class View:
    """A thread as its checkpoint shows it.

    `checkpoint_id` is empty for a thread without any; `error` is set when its last pass ended
    in one.
    """

    checkpoint_id: str
    state: dict[str, Any]
    questions: tuple[Question, ...]
    error: ErrorInfo | None
    has_next: bool


class Thread:
    """One run's thread in one graph. Every method that moves the graph is one pass."""

    def __init__(
        self, agent: RegisteredAgent, config: RunConfig, saver: BaseCheckpointSaver[Any]
    ) -> None:
        self._agent = agent
        self._config = config
        self._graph: CompiledGraph = agent.compile(saver)

    async def view(self) -> View:
        """What the checkpoint says, without running anything."""
        snapshot = await self._graph.aget_state(self._config.as_langgraph())
        return self._read(snapshot)

    async def start(self, values: dict[str, Any]) -> Outcome:
        """First pass, from the stored input."""
        try:
            prepared = self._agent.prepare_input(values)
        except ValueError as error:
            return Failed(state={}, error=_describe(error))
        return await self._pass(prepared, self._config.as_langgraph())

    async def resume(self, answers: Mapping[str, Any]) -> Outcome:
        """Carry answers, by interrupt id, into the graph.

        The caller has just seen every id pending in `view`; LangGraph is told to refuse an id
        that has been used meanwhile instead of answering the next question with it (fact 10).
        """
        config = self._config.as_langgraph(__pregel_strict_resume=True)
        return await self._pass(Command(resume=dict(answers)), config)

    async def continue_(self) -> Outcome:
        """Go on from the checkpoint: after a crash, or to retry a failed node's stored answer."""
        return await self._pass(None, self._config.as_langgraph())

    async def reask(self) -> Outcome:
        """Fork the head, so that the question of a failed node is asked anew (fact 14)."""
        snapshot = await self._graph.aget_state(self._config.as_langgraph())
        head = snapshot.config["configurable"]["checkpoint_id"]
        return await self._pass(None, self._config.as_langgraph(checkpoint_id=head))

    async def cancel(self) -> None:
        """Leave the thread with nothing to do (fact 17)."""
        await self._graph.aupdate_state(self._config.as_langgraph(), None, as_node=END)

    async def _pass(self, graph_input: Any, config: RunnableConfig) -> Outcome:
        try:
            await self._graph.ainvoke(
                graph_input, config, context=self._config.context, durability="sync"
            )
        except Exception as error:
            return await self._after_error(error)
        view = await self.view()
        if view.questions:
            return Paused(state=view.state, questions=view.questions)
        if view.has_next:
            return Failed(state=view.state, error=_BREAKPOINT)
        return Finished(state=view.state)

    async def _after_error(self, error: Exception) -> Outcome:
        """Tell a graph that failed from a storage that did.

        A node's own exception is in the checkpoint by now, whatever its type; a database error
        that is not there came from the saver and says nothing about the graph.
        """
        try:
            view = await self.view()
        except Exception as unreadable:
            raise PassLost(str(error)) from unreadable
        if view.error is None and _is_storage_error(error):
            raise PassLost(str(error)) from error
        node = view.error.node if view.error else ""
        return Failed(state=view.state, error=_describe(error, node=node), questions=view.questions)

    def _read(self, snapshot: StateSnapshot) -> View:
        state = self._agent.public_state(snapshot.values)
        checkpoint_id = snapshot.config["configurable"].get("checkpoint_id", "")
        questions = tuple(
            self._question(interrupt, task=task, checkpoint_id=checkpoint_id, state=state)
            for task in snapshot.tasks
            for interrupt in task.interrupts
        )
        failed = next((task for task in snapshot.tasks if task.error is not None), None)
        return View(
            checkpoint_id=checkpoint_id,
            state=state,
            questions=questions,
            error=_stored_error(failed) if failed else None,
            has_next=bool(snapshot.next),
        )

    def _question(
        self, interrupt: Interrupt, *, task: PregelTask, checkpoint_id: str, state: dict[str, Any]
    ) -> Question:
        payload = to_json(interrupt.value)
        request = dialects.read(
            payload,
            node=task.name,
            state=state,
            interrupt_id=interrupt.id,
            response_schema=_json_schema(interrupt),
        )
        bound = {
            "thread": self._config.thread_id,
            "checkpoint": checkpoint_id,
            "task": task.id,
            "interrupt": interrupt.id,
            "payload": payload,
            "actions": [action.as_json() for action in request.actions],
            "version": self._agent.version,
        }
        return Question(
            checkpoint_id=checkpoint_id,
            task_id=task.id,
            interrupt_id=interrupt.id,
            node=task.name,
            request=request,
            digest=hashlib.sha256(canonical(bound).encode()).hexdigest(),
        )


_BREAKPOINT = ErrorInfo(
    type="PausedWithoutQuestion",
    message=(
        "The graph stopped at a static breakpoint, which asks nobody anything. "
        "Call interrupt() in a node instead of compiling with interrupt_before or interrupt_after."
    ),
)


def _json_schema(interrupt: Interrupt) -> dict[str, Any] | None:
    schema = to_json(interrupt.response_schema)
    return schema if isinstance(schema, dict) else None


def _is_storage_error(error: BaseException) -> bool:
    """Whether the saver, and not the graph, raised: psycopg, its pool, or the lease fence."""
    return type(error).__module__.split(".")[0] in ("psycopg", "psycopg_pool")


def _stored_error(task: PregelTask) -> ErrorInfo:
    """A task keeps its error as text once the process that ran it is gone."""
    if isinstance(task.error, Exception):
        return _describe(task.error, node=task.name)
    return ErrorInfo(type="Error", message=visible(str(task.error)), node=task.name)


def _describe(error: Exception, *, node: str = "") -> ErrorInfo:
    trace = "".join(traceback.format_exception(error))[-TRACEBACK_LIMIT:]
    return ErrorInfo(
        type=type(error).__name__,
        message=visible(str(error)) or type(error).__name__,
        node=node,
        detail=visible(trace),
    )
