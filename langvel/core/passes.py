"""Passes through a graph: from an input or a decision to the end or the next pause."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

from langchain_core.runnables import RunnableConfig
from langgraph.graph.state import CompiledStateGraph
from langgraph.types import Command, StateSnapshot

from langvel.checkpointers.locks import ThreadLocks, aclaimed, claimed
from langvel.core.answers import answers_for, is_state_change
from langvel.core.inputs import started
from langvel.core.notes import ASKED, read_notes
from langvel.core.thread import (
    require_paused,
    require_startable,
    shown,
    status_of,
    thread_id_of,
    updates_for,
)
from langvel.core.update import person_update
from langvel.core.values import as_python
from langvel.exceptions import (
    CheckpointerRequired,
    StaleApproval,
    UnknownThread,
    WorkflowPaused,
)
from langvel.routing.plan import Plan
from langvel.state.base import StateModel
from langvel.state.private import PRIVATE
from langvel.state.storable import require_storable
from langvel.state.view import StateView

Config = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Passes:
    graph: CompiledStateGraph[Any, Any, Any, Any]
    plan: Plan
    model: type[StateModel]
    locks: ThreadLocks

    async def invoke(
        self, input: Mapping[str, Any] | None, config: Config | None, **options: Any
    ) -> StateView:
        if self.graph.checkpointer is None:
            return await self._run_unsaved(input, config, **options)
        config, thread_id = _runnable(config), thread_id_of(config)
        async with aclaimed(self.locks, thread_id):
            begin = await self._begin(input, config, thread_id)
            values = await self._advance(begin, config, **options)
            return await self._settle(config, thread_id, values=None if options else values)

    async def resume(self, config: Config | None, input_data: Any, **options: Any) -> StateView:
        self._require_saver()
        config, thread_id = _runnable(config), thread_id_of(config)
        async with aclaimed(self.locks, thread_id):
            snapshot = await self.graph.aget_state(config)
            require_paused(status_of(snapshot, self.plan), thread_id, self.plan)
            if is_state_change(input_data, snapshot.interrupts):
                await self._aupdate(snapshot, config, input_data)
                input_data, snapshot = None, await self.graph.aget_state(config)
            asked = None
            if not snapshot.interrupts:
                # An update made LangGraph forget the question; the gate is pure, so ask it again.
                # A gate that a parallel step reached meanwhile asks now, and waits for an answer.
                asked = read_notes(snapshot.values).get(ASKED)
                await self._advance(None, config, **options)
                snapshot = await self.graph.aget_state(config)
            interrupts = shown(snapshot, asked=asked)
            values = None
            if answers := answers_for(self.model, interrupts, input_data, values=snapshot.values):
                # By id, never bare: a bare answer may be kept and reach another question.
                values = await self._answer(answers, config, **options)
            return await self._settle(config, thread_id, values=None if options else values)

    async def stream(
        self, input: Mapping[str, Any] | None, config: Config | None, **options: Any
    ) -> AsyncIterator[Any]:
        self._require_saver()
        config, thread_id = _runnable(config), thread_id_of(config)
        async with aclaimed(self.locks, thread_id):
            begin = await self._begin(input, config, thread_id)
            async for chunk in self.graph.astream(begin, config, durability="sync", **options):
                yield _without_notes(chunk)
            await self._settle(config, thread_id)

    def get_state(self, config: Config | None) -> StateView:
        self._require_saver()
        thread_id_of(config)
        return self._view(self.graph.get_state(_runnable(config)))

    async def aget_state(self, config: Config | None) -> StateView:
        self._require_saver()
        thread_id_of(config)
        return self._view(await self.graph.aget_state(_runnable(config)))

    def update_state(
        self, config: Config | None, values: Mapping[str, Any], as_node: str | None
    ) -> None:
        self._require_saver()
        config, thread_id = _runnable(config), thread_id_of(config)
        with claimed(self.locks, thread_id):
            snapshot = self.graph.get_state(config)
            writes = self._writes(snapshot, values, thread_id)
            updates = updates_for(snapshot, self.plan, writes, as_node)
            self.graph.bulk_update_state(config, [updates])

    async def aupdate_state(
        self, config: Config | None, values: Mapping[str, Any], as_node: str | None
    ) -> None:
        self._require_saver()
        config, thread_id = _runnable(config), thread_id_of(config)
        async with aclaimed(self.locks, thread_id):
            snapshot = await self.graph.aget_state(config)
            await self._aupdate(snapshot, config, values, as_node)

    async def _aupdate(
        self,
        snapshot: StateSnapshot,
        config: RunnableConfig,
        values: Mapping[str, Any],
        as_node: str | None = None,
    ) -> None:
        writes = self._writes(snapshot, values, thread_id_of(config))
        updates = updates_for(snapshot, self.plan, writes, as_node)
        await self.graph.abulk_update_state(config, [updates])

    def _writes(
        self, snapshot: StateSnapshot, values: Mapping[str, Any], thread_id: str
    ) -> dict[str, Any]:
        if snapshot.created_at is None:
            raise UnknownThread(thread_id)
        writes = person_update(self.model, snapshot.values, values)
        require_storable(writes)
        return writes

    async def _begin(
        self, input: Mapping[str, Any] | None, config: RunnableConfig, thread_id: str
    ) -> dict[str, Any] | None:
        snapshot = await self.graph.aget_state(config)
        require_startable(status_of(snapshot, self.plan), thread_id, again=input is None)
        if input is None:
            return None
        begin = started(self.model, input, existing=snapshot.values)
        require_storable(begin)
        return begin

    async def _advance(self, what: Any, config: RunnableConfig, **options: Any) -> Any:
        return await self.graph.ainvoke(what, config, durability="sync", **options)

    async def _answer(
        self, answers: Mapping[str, Any], config: RunnableConfig, **options: Any
    ) -> Any:
        try:
            return await self._advance(Command(resume=answers), config, **options)
        except StaleApproval:
            # LangGraph keeps the refused answer and would replay it; a fork of the thread's head
            # asks anew. Not beside other tasks of the step: those would run again as well.
            snapshot = await self.graph.aget_state(config)
            if len(snapshot.tasks) == 1:
                head = {**config["configurable"], **snapshot.config["configurable"]}
                await self._advance(None, {**config, "configurable": head}, **options)
            raise

    async def _settle(
        self, config: RunnableConfig, thread_id: str, *, values: Any = None
    ) -> StateView:
        """Where a pass has led; `values` are what it returned, if nobody asked for something else.

        A pass that returned without a question has finished, which saves a look at the thread.
        """
        if values is not None and "__interrupt__" not in values:
            return StateView(as_python(self.model, values), status="finished")
        view = self._view(await self.graph.aget_state(config))
        if view.status == "paused":
            raise WorkflowPaused(
                thread_id=thread_id, state=view, next=view.next, interrupts=view.interrupts
            )
        return view

    async def _run_unsaved(
        self, input: Mapping[str, Any] | None, config: Config | None, **options: Any
    ) -> StateView:
        begin = started(self.model, input or {})
        values = await self.graph.ainvoke(begin, _runnable(config), **options)
        return StateView(as_python(self.model, values), status="finished")

    def _view(self, snapshot: StateSnapshot) -> StateView:
        status = status_of(snapshot, self.plan)
        return StateView(
            {} if status == "unknown" else as_python(self.model, snapshot.values),
            next=snapshot.next,
            status=status,
            interrupts=snapshot.interrupts,
        )

    def _require_saver(self) -> None:
        if self.graph.checkpointer is None:
            raise CheckpointerRequired("Without a checkpointer no thread is remembered.")


def _runnable(config: Config | None) -> RunnableConfig:
    return cast(RunnableConfig, dict(config or {}))


def _without_notes(chunk: Any) -> Any:
    """Drop langvel's notes from a streamed update or state, however deep it is wrapped."""
    if type(chunk) is tuple:
        return tuple(map(_without_notes, chunk))
    if not isinstance(chunk, dict):
        return chunk
    return {key: _without_notes(part) for key, part in chunk.items() if key != PRIVATE}
