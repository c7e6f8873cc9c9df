"""The graph as the builder understood it, before LangGraph sees it.

Names point to names: a step or gate, LangGraph's START or END. Each has one way out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from langgraph.constants import END

Node = Callable[..., Any]
Text = str | Callable[[Any], str]
Risk = Literal["low", "medium", "high", "critical"]
OnTimeout = Literal["keep", "reject", "escalate"]
OnReject = Literal["continue", "end"]


@dataclass(frozen=True, kw_only=True)
class Question:
    """What a gate says to the reviewer. None leaves a part to the default."""

    title: Text | None = None
    summary: Text | None = None
    effect: Text | None = None
    description: Text | None = None
    editable: tuple[str, ...] | None = None
    risk: Risk | Callable[[Any], Risk] | None = None
    deadline: float | None = None
    on_timeout: OnTimeout | None = None
    on_reject: OnReject | None = None


@dataclass(frozen=True)
class Gate:
    """A pause after the nodes `after`. One that is `on_demand` asks only when they said so."""

    name: str
    after: tuple[str, ...]
    question: Question = field(default_factory=Question)
    on_demand: bool = False

    @property
    def node(self) -> str:
        """What was gated: a step, several joined by `+`, or `start`."""
        return self.name.split(".gate")[0]


@dataclass(frozen=True)
class Go:
    """On to all of these at once."""

    targets: tuple[str, ...]


@dataclass(frozen=True)
class Choose:
    """On to the one that `state.next_step` names."""

    routes: Mapping[str, str]


@dataclass(frozen=True)
class Join:
    """On to the target once the siblings have come as far."""

    target: str


Way = Go | Choose | Join


def join_name(target: str) -> str:
    """The node that waits for parallel gates and sees whether one of them refused."""
    return f"{target}.join"


@dataclass
class Plan:
    """Steps, gates, and the way out of each."""

    steps: dict[str, Node] = field(default_factory=dict)
    gates: dict[str, Gate] = field(default_factory=dict)
    ways: dict[str, Way] = field(default_factory=dict)
    joins: dict[str, list[str]] = field(default_factory=dict)

    def __contains__(self, name: str) -> bool:
        return name in self.steps or name in self.gates

    @property
    def dispatcher(self) -> str | None:
        """A node that has no edges but names what comes next; any graph with a gate has one."""
        for name in self.gates:
            way = self.ways[name]
            return join_name(way.target) if isinstance(way, Join) else name
        return None

    def gate_after(self, name: str) -> Gate | None:
        """The gate that is about this node alone."""
        return next((gate for gate in self.gates.values() if gate.after == (name,)), None)

    def insert_gate(self, gate: Gate) -> None:
        """Put a gate between a node and whatever follows it."""
        (source,) = gate.after
        self.gates[gate.name] = gate
        self.ways[gate.name] = self.ways.get(source, Go((END,)))
        self.ways[source] = Go((gate.name,))
        for sources in self.joins.values():
            sources[:] = [gate.name if name == source else name for name in sources]
