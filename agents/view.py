"""Reads a thread: where it stands, what it asks, what was done to it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.types import Interrupt, PregelTask, StateSnapshot

from agents import dialects
from agents.adapters import RegisteredAgent
from agents.config import MARK, RunConfig
from agents.dialects.request import ReviewRequest
from agents.failure import failed_tasks, stored_error
from agents.graphs.structure import Graph, state_schema
from agents.jsonable import canonical, to_json
from agents.outcome import ErrorInfo, Question
from agents.raised import Raised
from agents.stops import Stop, Stops
from agents.tool_schemas import tool_schema

BREAKPOINT = "breakpoint"
"""Stands for an interrupt id where a graph stops by itself."""
NODE_INTERRUPT = "placeholder-id"
"""The id of whatever is raised as NodeInterrupt."""
UNKEPT = "unkept-{}"
"""Stands for the ids of a graph that keeps no checkpoints: they are others in every pass."""

LONGEST_STEP = timedelta(minutes=10)
"""How long a step of another program's pass may be silent before the pass counts as dead."""
SETTLED = timedelta(seconds=5)
"""After a change of the state its author is given that long to go on by themselves."""


@dataclass(frozen=True, kw_only=True)
class View:
    """A thread as its checkpoint shows it.

    `checkpoint_id` is empty for a thread without any. `error` is set when its last pass ended in
    one, `has_results` when a step of the same moment finished, `is_ours` when one of the run's
    own passes wrote the head, `is_under_way` when somebody else wrote it so lately that they may
    not have done yet.
    """

    checkpoint_id: str
    state: dict[str, Any]
    questions: tuple[Question, ...]
    error: ErrorInfo | None
    has_results: bool
    next: tuple[str, ...]
    is_ours: bool
    is_under_way: bool = False


class Reader:
    """Sees one run's thread through the eyes of its agent."""

    def __init__(
        self,
        agent: RegisteredAgent,
        graph: Graph,
        config: RunConfig,
        saver: BaseCheckpointSaver[Any],
        raised: Raised | None = None,
    ) -> None:
        self._agent = agent
        self._graph = graph
        self._config = config
        self._code = raised
        self._may_stop = agent.structure.stops or config.stops
        self._stops = Stops(graph, config, saver)

    async def view(self) -> View:
        """What the checkpoint says, without running anything."""
        nests = self._agent.structure.nests
        root = await self._snapshot(deep=nests and self._may_stop)
        if nests and not self._may_stop and _was_raised(root):
            root = await self._snapshot(deep=True)
        state = self._agent.public_state(root.values)
        failed = next(iter(failed_tasks(self._graph, root)), None)
        metadata: Mapping[str, Any] = root.metadata or {}
        is_ours = metadata.get(MARK) == self._config.mark
        return View(
            checkpoint_id=_checkpoint_id(root),
            state=state,
            questions=await self._questions(root, state=state),
            error=stored_error(failed) if failed else None,
            has_results=any(task.result is not None for task in root.tasks),
            next=tuple(root.next),
            is_ours=is_ours,
            is_under_way=not is_ours and is_under_way(root, now=datetime.now(UTC)),
        )

    async def _snapshot(self, *, deep: bool) -> StateSnapshot:
        return await self._graph.aget_state(self._config.as_langgraph(), subgraphs=deep)

    async def _questions(
        self, root: StateSnapshot, *, state: dict[str, Any]
    ) -> tuple[Question, ...]:
        asked = list(self._asked(root, state=state))
        stops = await self._stops.find(root) if self._may_stop else []
        stopped = [self._stopped(stop, root=root) for stop in stops]
        # Whatever moves the thread passes every breakpoint: then nothing can be answered alone.
        alone = self._agent.resume == "each" and not any(q.steers for q in (*asked, *stopped))
        return tuple(replace(question, resumes_alone=alone) for question in (*asked, *stopped))

    def _asked(self, root: StateSnapshot, *, state: dict[str, Any]) -> Iterator[Question]:
        """Interrupts of graphs within surface at the root, so the root is all we look at."""
        for task in root.tasks:
            is_forgetful = task.name in self._agent.structure.forgetful
            for number, interrupt in enumerate(task.interrupts):
                known_as = UNKEPT.format(number) if is_forgetful else interrupt.id
                if interrupt.id == NODE_INTERRUPT:
                    yield self._raised(interrupt, task=task, root=root)
                    continue
                question = self._interrupted(known_as, interrupt, task=task, root=root, state=state)
                yield replace(question, goes_last=is_forgetful)

    def _interrupted(
        self,
        known_as: str,
        interrupt: Interrupt,
        *,
        task: PregelTask,
        root: StateSnapshot,
        state: dict[str, Any],
    ) -> Question:
        payload = to_json(interrupt.value)
        schema = to_json(interrupt.response_schema)
        request = dialects.read(
            payload,
            node=task.name,
            state=state,
            interrupt_id=interrupt.id,
            response_schema=schema if isinstance(schema, dict) else None,
            tool_schema=partial(tool_schema, self._graph),
        )
        question = self._question(known_as, request, task=task, root=root)
        actions = [action.as_json() for action in request.actions]
        return self._bound(question, payload=payload, actions=actions)

    def _raised(self, interrupt: Interrupt, *, task: PregelTask, root: StateSnapshot) -> Question:
        """A NodeInterrupt takes no answer: its step runs again, after an edit of its state."""
        graph, within, source = _origin(self._graph, root, task, interrupt)
        payload = to_json(interrupt.value)
        request = self._read_stop(NODE_INTERRUPT, payload, source.name, graph, within)
        question = self._question(NODE_INTERRUPT, request, task=task, root=root)
        question = replace(question, steers=True, namespace=_namespace(within))
        return self._bound(question, payload=payload, at=_checkpoint_id(within))

    def _stopped(self, stop: Stop, *, root: StateSnapshot) -> Question:
        task = stop.snapshot.tasks[0]
        payload = {"when": stop.when, "next": list(stop.snapshot.next)}
        request = self._read_stop(BREAKPOINT, payload, stop.node, stop.graph, stop.snapshot)
        if not stop.can_skip:
            request = _without_skip(request)
        namespace = _namespace(stop.snapshot)
        question = self._question(
            BREAKPOINT, request, task=task, root=root, node=namespace.partition(":")[0]
        )
        question = replace(question, steers=True, namespace=namespace)
        # The state is bound by the checkpoint that holds it, which never changes.
        return self._bound(question, payload=payload, at=_checkpoint_id(stop.snapshot))

    def _read_stop(
        self, interrupt_id: str, payload: Any, node: str, graph: Graph, where: StateSnapshot
    ) -> ReviewRequest:
        is_root = not _namespace(where)
        shown = self._agent.public_state(where.values) if is_root else to_json(where.values)
        return dialects.read(
            payload,
            node=node,
            state=shown if isinstance(shown, dict) else {"value": shown},
            interrupt_id=interrupt_id,
            response_schema=state_schema(graph),
        )

    def _question(
        self,
        interrupt_id: str,
        request: ReviewRequest,
        *,
        task: PregelTask,
        root: StateSnapshot,
        node: str = "",
    ) -> Question:
        """`node` is a step of the root; that of the task, when the task is the root's."""
        node = node or task.name
        code = self._code.by(task.id) if self._code else self._agent
        return Question(
            checkpoint_id=_checkpoint_id(root),
            task_id=task.id,
            interrupt_id=interrupt_id,
            node=node,
            request=request,
            digest="",
            version=code.version,
            step_code=code.steps.get(node, ""),
            is_failed=task.error is not None,
        )

    def _bound(self, question: Question, **shown: Any) -> Question:
        return bind(question, thread_id=self._config.thread_id, **shown)


def bind(question: Question, *, thread_id: str, **shown: Any) -> Question:
    """The question with the digest that an answer to it has to name; `shown`: what it says."""
    bound = {
        "thread": thread_id,
        "checkpoint": question.checkpoint_id,
        "task": question.task_id,
        "interrupt": question.interrupt_id,
        "version": question.version,
        "code": question.step_code,
        **shown,
    }
    return replace(question, digest=hashlib.sha256(canonical(bound).encode()).hexdigest())


def is_under_way(root: StateSnapshot, *, now: datetime) -> bool:
    """Whether a pass that wrote the head may still be at the next step, or about to begin.

    A pass leaves no sign of being alive, so a while without one has to do.
    """
    if root.created_at is None or not root.next:
        return False
    is_pass = (root.metadata or {}).get("source") in ("loop", "input")
    age = now - datetime.fromisoformat(root.created_at)
    return age < (LONGEST_STEP if is_pass else SETTLED)


def _was_raised(root: StateSnapshot) -> bool:
    return any(one.id == NODE_INTERRUPT for task in root.tasks for one in task.interrupts)


def _origin(
    graph: Graph, snapshot: StateSnapshot, task: PregelTask, interrupt: Interrupt
) -> tuple[Graph, StateSnapshot, PregelTask]:
    """The innermost graph, with its task, that raised what surfaced in this task."""
    if isinstance(task.state, StateSnapshot):
        for inner in task.state.tasks:
            if interrupt in inner.interrupts:
                within = dict(graph.get_subgraphs())[task.name]
                return _origin(within, task.state, inner, interrupt)  # type: ignore[arg-type]
    return graph, snapshot, task


def _without_skip(request: ReviewRequest) -> ReviewRequest:
    actions = tuple(
        replace(
            action,
            allowed=tuple(verb for verb in action.allowed if verb != "respond"),
            response_schema=None,
        )
        for action in request.actions
    )
    return replace(request, actions=actions)


def _checkpoint_id(snapshot: StateSnapshot) -> str:
    return str(snapshot.config["configurable"].get("checkpoint_id") or "")


def _namespace(snapshot: StateSnapshot) -> str:
    return str(snapshot.config["configurable"].get("checkpoint_ns") or "")
