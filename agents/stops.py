"""Where a graph stopped by itself: at a breakpoint, of which no checkpoint keeps a note.

That a pass ended in front of a node shows nowhere but in what the pass returned. So we ask what
LangGraph would ask: would the next pass, starting from this checkpoint, stop here again? That is
as true after a crash as it is after a pause.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from langgraph.checkpoint.base import BaseCheckpointSaver, Checkpoint
from langgraph.constants import TAG_HIDDEN
from langgraph.pregel import Pregel
from langgraph.types import PregelTask, StateSnapshot

from agents.config import Nodes, RunConfig, both
from agents.graphs.structure import Graph

_SEEN_BY_BREAKPOINTS = "__interrupt__"

JUST_RAN = "langvel_just_ran"
"""Key in the metadata of a checkpoint that begins a fork: the nodes whose step wrote its original."""


@dataclass(frozen=True, kw_only=True)
class Stop:
    """`snapshot` is that of the graph that stopped, which may lie within the root's."""

    snapshot: StateSnapshot
    graph: Graph
    when: str
    can_skip: bool

    @property
    def node(self) -> str:
        return ", ".join(dict.fromkeys(self.snapshot.next))


class Stops:
    """Finds the breakpoints at which a thread stands."""

    def __init__(self, graph: Graph, config: RunConfig, saver: BaseCheckpointSaver[Any]) -> None:
        self._graph = graph
        self._config = config
        self._saver = saver

    async def find(self, root: StateSnapshot) -> list[Stop]:
        """`root` must hold the snapshots of the graphs within."""
        before = both(self._config.interrupt_before, self._graph.interrupt_before_nodes)
        after = both(self._config.interrupt_after, self._graph.interrupt_after_nodes)
        return await self._find(self._graph, root, before=before, after=after)

    async def _find(
        self, graph: Graph, snapshot: StateSnapshot, *, before: Nodes, after: Nodes
    ) -> list[Stop]:
        begun = [task for task in snapshot.tasks if _has_begun(task, snapshot)]
        if not begun:
            return await self._here(graph, snapshot, before=before, after=after)
        within = dict(graph.get_subgraphs())
        found: list[Stop] = []
        for task in begun:
            inner = within.get(task.name)
            if isinstance(task.state, StateSnapshot) and isinstance(inner, Pregel):
                found += await self._find(
                    inner,
                    task.state,
                    before=both((), inner.interrupt_before_nodes),
                    after=both((), inner.interrupt_after_nodes),
                )
        return found

    async def _here(
        self, graph: Graph, snapshot: StateSnapshot, *, before: Nodes, after: Nodes
    ) -> list[Stop]:
        if not snapshot.next or not (before or after):
            return []
        stored = await self._saver.aget_tuple(snapshot.config)
        if stored is None or not _is_news(stored.checkpoint):
            return []
        if _matches(graph, before, snapshot.next):
            can_skip = len(snapshot.tasks) == 1
            return [Stop(snapshot=snapshot, graph=graph, when="before", can_skip=can_skip)]
        if after and _matches(graph, after, await just_ran(graph, snapshot, stored.checkpoint)):
            return [Stop(snapshot=snapshot, graph=graph, when="after", can_skip=False)]
        return []


async def just_ran(graph: Graph, snapshot: StateSnapshot, checkpoint: Checkpoint) -> Sequence[str]:
    """The nodes whose step wrote this checkpoint; every node so far when that was pruned."""
    metadata: Mapping[str, Any] = snapshot.metadata or {}
    if JUST_RAN in metadata:
        return tuple(metadata[JUST_RAN])
    if metadata.get("source") != "loop":
        return ()
    if snapshot.parent_config is None:
        return tuple(checkpoint["versions_seen"])
    before = await graph.aget_state(snapshot.parent_config)
    return tuple(task.name for task in before.tasks)


def _has_begun(task: PregelTask, snapshot: StateSnapshot) -> bool:
    """Whether the task's node was started, so that its breakpoint lies behind it.

    A graph within that stopped at a breakpoint leaves no trace here, only in its own checkpoint.
    """
    if task.error is not None or task.interrupts or task.result is not None:
        return True
    if not isinstance(task.state, StateSnapshot) or task.state.metadata is None:
        return False
    here = snapshot.config["configurable"]
    parents = task.state.metadata.get("parents") or {}
    started_from = parents.get(here.get("checkpoint_ns", ""))
    return bool(started_from == here.get("checkpoint_id"))


def _is_news(checkpoint: Checkpoint) -> bool:
    """Whether anything was written since a breakpoint was last passed, as LangGraph counts."""
    seen = checkpoint["versions_seen"].get(_SEEN_BY_BREAKPOINTS, {})
    return any(
        channel not in seen or version > seen[channel]  # type: ignore[operator]
        for channel, version in checkpoint["channel_versions"].items()
    )


def _matches(graph: Graph, wanted: Nodes, names: Sequence[str]) -> bool:
    if wanted != "*":
        return not set(wanted).isdisjoint(names)
    return any(
        name in graph.nodes and TAG_HIDDEN not in (graph.nodes[name].tags or ()) for name in names
    )
