"""What a person may do to a thread that stopped by itself: change its state, skip its next node.

Each is done at most once: after a crash the checkpoint shows whether it was.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.types import Overwrite, StateUpdate

from agents.config import RunConfig
from agents.edits import Writes, channel_writes
from agents.failure import failed_tasks
from agents.graphs.structure import Graph, graph_at
from agents.jsonable import canonical, to_json

_INPUT_TASK = "00000000-0000-0000-0000-000000000000"
"""The task under which LangGraph stores the `update` of a Command, to apply it before a step."""

_ERROR = "__error__"


class Moves:
    def __init__(self, graph: Graph, config: RunConfig, saver: BaseCheckpointSaver[Any]) -> None:
        self._graph = graph
        self._config = config
        self._saver = saver

    async def edit(self, namespace: str, values: Mapping[str, Any]) -> None:
        """Have the next pass see these values; what runs next, and beside it, stays the same.

        `update_state` would write a new checkpoint, in which the steps of other branches are
        lost. This is what `Command(update=…)` stores, for graphs within as well.
        """
        place = self._place(namespace)
        snapshot = await self._graph.aget_state(place)
        writes = channel_writes(graph_at(self._graph, namespace), values, now=snapshot.values)
        stored = await self._stored(snapshot.config)
        if _same(stored, writes):
            return
        if stored:
            # An earlier edit of the very same moment: a second one needs a moment of its own.
            copy = [[StateUpdate(None, "__copy__")]]
            await self._graph.abulk_update_state(place, copy)
            snapshot = await self._graph.aget_state(place)
        await self._saver.aput_writes(snapshot.config, writes, _INPUT_TASK)

    async def skip(self, namespace: str) -> None:
        """Go on as if the next node had run and changed nothing."""
        place = self._place(namespace)
        snapshot = await self._graph.aget_state(place)
        await self._graph.aupdate_state(place, None, as_node=snapshot.next[0])

    async def forget_errors(self) -> None:
        """Unwrite errors of steps that have run again since and did not fail."""
        snapshot = await self._graph.aget_state(self._config.as_langgraph())
        for task in failed_tasks(self._graph, snapshot):
            await self._saver.aput_writes(snapshot.config, [(_ERROR, None)], task.id)

    def _place(self, namespace: str) -> RunnableConfig:
        return self._config.as_langgraph(**({"checkpoint_ns": namespace} if namespace else {}))

    async def _stored(self, config: RunnableConfig) -> Writes:
        found = await self._saver.aget_tuple(config)
        pending = (found.pending_writes or []) if found else []
        return [(channel, value) for task, channel, value in pending if task == _INPUT_TASK]


def _same(stored: Writes, writes: Writes) -> bool:
    return bool(stored) and _plain(stored) == _plain(writes)


def _plain(writes: Writes) -> str:
    told = (
        (name, value.value if isinstance(value, Overwrite) else value) for name, value in writes
    )
    return canonical(sorted((name, canonical(to_json(value))) for name, value in told))
