"""Begins a thread with what a checkpoint of another one held.

The other thread is only read. Nothing comes along but that one checkpoint of the root graph: what
its steps wrote, were asked or were answered afterwards is theirs, so they run and ask again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from langchain_core.runnables import RunnableConfig
from langgraph.channels.base import BaseChannel
from langgraph.channels.delta import DeltaChannel
from langgraph.checkpoint.base import BaseCheckpointSaver, Checkpoint, CheckpointTuple
from langgraph.checkpoint.base.id import uuid6
from langgraph.types import Overwrite, StateSnapshot

from agents.adapters import RegisteredAgent
from agents.config import MARK, RunConfig
from agents.edits import channel_writes
from agents.failure import describe
from agents.graphs.structure import Graph
from agents.history import INPUT, lost_steps
from agents.outcome import ErrorInfo
from agents.stops import JUST_RAN, just_ran

_INPUT_TASK = "00000000-0000-0000-0000-000000000000"
"""The task under which LangGraph stores what a person changed at a breakpoint."""


@dataclass(frozen=True, kw_only=True)
class Seed:
    """The checkpoint to begin with, the steps that ran from it, and what to change in its state.

    Where it holds an input that no step has taken, `values` are the whole new input.
    """

    thread_id: str
    checkpoint_id: str
    next: tuple[str, ...] = ()
    values: Mapping[str, Any] = field(default_factory=dict)


class Planter:
    """Puts a seed into the thread of a run, which has no checkpoint yet."""

    def __init__(
        self,
        agent: RegisteredAgent,
        graph: Graph,
        config: RunConfig,
        saver: BaseCheckpointSaver[Any],
    ) -> None:
        self._agent = agent
        self._graph = graph
        self._config = config
        self._saver = saver

    async def plant(self, seed: Seed) -> ErrorInfo | None:
        """In one write: the thread has all of it or nothing. Returns why it cannot be done."""
        source = replace(self._config, thread_id=seed.thread_id)
        place = source.as_langgraph(checkpoint_id=seed.checkpoint_id)
        found = await self._saver.aget_tuple(place)
        if found is None:
            return _GONE
        missing = [name for name in seed.next if name not in self._graph.nodes]
        if missing := [*missing, *lost_steps(self._graph, found)]:
            return _step_gone(missing[0])
        try:
            await self._put(found, await self._graph.aget_state(place), seed)
        except ValueError as error:
            return describe(error)
        return None

    async def _put(self, found: CheckpointTuple, snapshot: StateSnapshot, seed: Seed) -> None:
        values = self._values(found, snapshot, seed)
        versions = dict(found.checkpoint["channel_versions"])
        for name in values:
            # A field that nobody had written has no version, and would not be stored.
            versions.setdefault(name, max(versions.values(), key=str))
        step = found.metadata.get("step", -1)
        checkpoint: Checkpoint = {
            **found.checkpoint,
            "id": str(uuid6(clock_seq=step)),
            "ts": datetime.now(UTC).isoformat(),
            "channel_values": values,
            "channel_versions": versions,
        }
        metadata: Any = {
            "source": "fork",
            "step": step,
            "parents": {},
            MARK: self._config.mark,
            JUST_RAN: list(await just_ran(self._graph, snapshot, found.checkpoint)),
        }
        place: RunnableConfig = {
            "configurable": {"thread_id": self._config.thread_id, "checkpoint_ns": ""}
        }
        await self._saver.aput(place, checkpoint, metadata, versions)

    def _values(
        self, found: CheckpointTuple, snapshot: StateSnapshot, seed: Seed
    ) -> dict[str, Any]:
        """What each channel holds: as it was, with what was changed there before its steps ran,
        and with the changes of the fork."""
        values = dict(found.checkpoint["channel_values"])
        for name, told in _changed_there(found).items():
            if isinstance(channel := self._graph.channels.get(name), BaseChannel):
                values[name] = _updated(channel, values.get(name, _NOTHING), told)
        for name, channel in self._graph.channels.items():
            # Such a channel stores only what was added; in a new thread that would be all.
            if isinstance(channel, DeltaChannel) and name in snapshot.values:
                values[name] = snapshot.values[name]
        return values | self._edits(found, snapshot, seed)

    def _edits(self, found: CheckpointTuple, snapshot: StateSnapshot, seed: Seed) -> dict[str, Any]:
        if not seed.values:
            return {}
        if found.metadata.get("source") == INPUT:
            if not isinstance(self._graph.input_channels, str):
                raise ValueError("the input of this graph cannot be changed")
            return {self._graph.input_channels: self._agent.prepare_input(dict(seed.values))}
        writes = channel_writes(self._graph, seed.values, now=snapshot.values)
        return {name: _plain(value) for name, value in writes}


_NOTHING = object()

_GONE = ErrorInfo(
    type="CheckpointGone",
    message="The state this run was to begin with is no longer stored: somebody deleted it.",
)


def _step_gone(name: str) -> ErrorInfo:
    message = (
        f"The agent's code has changed: it has no step “{name}” any more, and that step would run "
        "next. Bring the earlier code back and retry, or fork another state."
    )
    return ErrorInfo(type="StepGone", message=message)


def _changed_there(found: CheckpointTuple) -> dict[str, list[Any]]:
    told: dict[str, list[Any]] = {}
    for task, name, value in found.pending_writes or []:
        if task == _INPUT_TASK:
            told.setdefault(name, []).append(value)
    return told


def _updated(channel: BaseChannel[Any, Any, Any], stored: Any, writes: list[Any]) -> Any:
    holding = channel.copy() if stored is _NOTHING else channel.from_checkpoint(stored)
    holding.update(writes)
    return holding.checkpoint()


def _plain(value: Any) -> Any:
    return value.value if isinstance(value, Overwrite) else value
