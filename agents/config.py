"""What every pass of a run is given, the first one and every later one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from langchain_core.runnables import RunnableConfig

MARK = "langvel_run"
"""Key in the metadata of a checkpoint: the run whose own pass wrote it."""

Nodes = Literal["*"] | tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class RunConfig:
    """What the first call was given and every later one must be given again.

    LangGraph remembers none of it. `mark` tells this run's checkpoints from everybody else's.
    """

    thread_id: str
    configurable: Mapping[str, Any] = field(default_factory=dict)
    context: Mapping[str, Any] | None = None
    tags: tuple[str, ...] = ()
    metadata: Mapping[str, Any] = field(default_factory=dict)
    recursion_limit: int | None = None
    interrupt_before: Nodes = ()
    interrupt_after: Nodes = ()
    mark: int | None = None

    @property
    def stops(self) -> bool:
        return bool(self.interrupt_before or self.interrupt_after)

    def as_langgraph(self, **extra: Any) -> RunnableConfig:
        config: RunnableConfig = {
            "configurable": {**self.configurable, **extra, "thread_id": self.thread_id},
            "tags": list(self.tags),
        }
        own = {} if self.mark is None else {MARK: self.mark}
        if self.metadata or own:
            config["metadata"] = {**self.metadata, **own}
        if self.recursion_limit is not None:
            config["recursion_limit"] = self.recursion_limit
        return config


def nodes_of(value: Any) -> Nodes:
    """Breakpoints as JSON or LangGraph has them: a star, or a list of names."""
    return "*" if value == "*" else tuple(value or ())


def both(one: Nodes, other: Sequence[str] | str) -> Nodes:
    """Breakpoints given at run time add to those of the graph; they never remove one."""
    return "*" if "*" in (one, other) else tuple(dict.fromkeys((*one, *other)))
