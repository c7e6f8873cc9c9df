"""What a thread's checkpoints held, one after the other, as plain values.

Only the root graph's: those of graphs within a step are part of that step.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import BaseCheckpointSaver, CheckpointTuple
from langgraph.constants import START
from langgraph.types import StateSnapshot

from agents import schemas
from agents.adapters import LangvelAgent, RegisteredAgent
from agents.config import RunConfig
from agents.graphs.structure import Graph, state_schema

INPUT = "input"
"""The source of a checkpoint that holds an input no step has taken yet."""

_BRANCH = "branch:to:"
"""Before the name of a step, the channel of a StateGraph that has it run next."""

_LATER_THAN_ANY = "z"
"""Ids are hexadecimal: with this behind it, an id is the smallest text that comes after it."""


@dataclass(frozen=True, kw_only=True)
class Moment:
    """One checkpoint: what led there, the state as the steps after it saw it, and those steps.

    `next` names the steps that ran from there, also such as the code no longer has.
    """

    checkpoint_id: str
    parent_id: str
    step: int
    source: str
    steps: tuple[str, ...]
    next: tuple[str, ...]
    state: dict[str, Any]
    at: str


@dataclass(frozen=True, kw_only=True)
class History:
    """Newest first. `is_cut`: there are older ones that nobody has read.

    `schema`: of what a person may change in a state, None where the graph declares nothing.
    """

    moments: tuple[Moment, ...]
    is_cut: bool
    schema: dict[str, Any] | None


@dataclass(frozen=True, kw_only=True)
class Span:
    """Of a thread that several runs share, the part of one: later than `after`, up to `until`.

    An empty text is no bound. `known` was read before: it is read again, what is older is not.
    """

    after: str = ""
    until: str = ""
    known: str = ""

    def ends_before(self, checkpoint_id: str) -> bool:
        return checkpoint_id <= self.after or checkpoint_id < self.known


async def read_history(
    agent: RegisteredAgent,
    graph: Graph,
    config: RunConfig,
    saver: BaseCheckpointSaver[Any],
    *,
    span: Span,
    limit: int,
) -> History:
    """The latest checkpoints of that part of the thread, at most `limit`."""
    place, before = config.as_langgraph(checkpoint_ns=""), _upper(config, span.until)
    # One more than is wanted: it names the steps that led to the oldest.
    stored = {
        _id(one.config): one async for one in saver.alist(place, before=before, limit=limit + 1)
    }
    shown = [one async for one in graph.aget_state_history(place, before=before, limit=limit + 1)]
    nexts = {_id(one.config): one.next for one in shown}
    within = [
        one for one in shown if _id(one.config) in stored and not span.ends_before(_id(one.config))
    ]
    return History(
        moments=tuple(
            _moment(agent, graph, one, stored[_id(one.config)], nexts=nexts)
            for one in within[:limit]
        ),
        is_cut=len(within) > limit,
        schema=editable(agent, graph),
    )


def editable(agent: RegisteredAgent, graph: Graph) -> dict[str, Any] | None:
    """The schema of the fields a person may change: of an agent of langvel its author's own, for
    what reviewers said is theirs."""
    schema = agent.input_schema() if isinstance(agent, LangvelAgent) else state_schema(graph)
    if schema is None or not schemas.is_usable(schema):
        return None
    closed: dict[str, Any] = (
        {"additionalProperties": False} if isinstance(agent, LangvelAgent) else {}
    )
    return {name: part for name, part in schema.items() if name != "required"} | closed


def _upper(config: RunConfig, until: str) -> RunnableConfig | None:
    if not until:
        return None
    return replace(config, configurable={}).as_langgraph(checkpoint_id=until + _LATER_THAN_ANY)


def _moment(
    agent: RegisteredAgent,
    graph: Graph,
    snapshot: StateSnapshot,
    stored: CheckpointTuple,
    *,
    nexts: Mapping[str, Sequence[str]],
) -> Moment:
    metadata: Mapping[str, Any] = snapshot.metadata or {}
    parent_id = _id(snapshot.parent_config)
    source = str(metadata.get("source", ""))
    led = nexts.get(parent_id, ()) if source == "loop" else ()
    return Moment(
        checkpoint_id=_id(snapshot.config),
        parent_id=parent_id,
        step=int(metadata.get("step", 0)),
        source=source,
        steps=_names(led),
        next=_names((*snapshot.next, *lost_steps(graph, stored))),
        state=agent.public_state(snapshot.values) if snapshot.values else {},
        at=str(snapshot.created_at or stored.checkpoint["ts"]),
    )


def lost_steps(graph: Graph, stored: CheckpointTuple) -> list[str]:
    """Steps that are to run next and that the graph does not have, which LangGraph passes over."""
    names = [
        channel.removeprefix(_BRANCH)
        for channel in stored.checkpoint["channel_values"]
        if channel.startswith(_BRANCH)
    ]
    return [name for name in names if name not in graph.nodes]


def _names(steps: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for name in steps if name != START))


def _id(config: RunnableConfig | None) -> str:
    return str((config or {}).get("configurable", {}).get("checkpoint_id") or "")
