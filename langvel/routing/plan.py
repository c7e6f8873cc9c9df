"""The graph as the builder understood it, before LangGraph sees it.

Names point to names: a step, gate, loop, crossing or join, LangGraph's START or END. Each has one
way out; a loop has its body besides.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
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
        return "+".join(name.split(".")[0] for name in self.name.split("+"))


@dataclass(frozen=True)
class Go:
    """On to all of these at once."""

    targets: tuple[str, ...]


@dataclass(frozen=True)
class Choose:
    """On to the one that `state.next_step` names, or the condition."""

    routes: Mapping[str, str]
    condition: Node | None = None


@dataclass(frozen=True)
class Join:
    """On to the join, which waits until the siblings have come as far."""

    join: str


Way = Go | Choose | Join


@dataclass(frozen=True)
class Loop:
    """A test that leads into the body again or out of the loop."""

    condition: Node
    body: str
    limit: int | None
    goes_on_when: bool
    # Rounds begun when the test is reached first: do-while comes from its first round.
    begun: int


def join_name(target: str) -> str:
    """The node that waits for parallel arms and sees whether a gate in one of them refused."""
    return f"{target}.join"


@dataclass(frozen=True, kw_only=True)
class Scope:
    """The agent a subgraph's nodes came from: they see its state model and its wording."""

    prefix: str
    owner: object
    model: type[Any]
    describe: Callable[[Any, str], Mapping[str, Any]]


@dataclass
class Plan:
    """Steps, gates, loops, crossings, joins, and the way out of each."""

    steps: dict[str, Node] = field(default_factory=dict)
    gates: dict[str, Gate] = field(default_factory=dict)
    loops: dict[str, Loop] = field(default_factory=dict)
    crossings: list[str] = field(default_factory=list)
    # The arms each join waits for.
    joins: dict[str, list[str]] = field(default_factory=dict)
    ways: dict[str, Way] = field(default_factory=dict)
    # For a node in parallel with others, the end of the innermost arm it is in.
    arms: dict[str, str] = field(default_factory=dict)
    scopes: dict[str, Scope] = field(default_factory=dict)

    def __contains__(self, name: str) -> bool:
        return name in self.names()

    def names(self) -> list[str]:
        return [*self.steps, *self.gates, *self.loops, *self.crossings, *self.joins]

    @property
    def dispatcher(self) -> str | None:
        """A node that has no edges but names what comes next; any graph with a gate has one."""
        for name in (*self.gates, *self.loops, *self.crossings):
            way = self.ways[name]
            return way.join if isinstance(way, Join) else name
        return None

    def is_barrier(self, join: str) -> bool:
        """Single steps that run in one go need no node to wait for them; LangGraph does it."""
        way = self.ways.get(join)
        ends = list(self.arms.values())
        are_steps = all(arm in self.steps and ends.count(arm) == 1 for arm in self.joins[join])
        return (
            are_steps and isinstance(way, Go) and len(way.targets) == 1 and END not in way.targets
        )

    def arms_around(self, name: str) -> tuple[str, ...]:
        """The arms a node is in, inner ones first, as far as a node of ours joins them."""
        found: list[str] = []
        while (arm := self.arms.get(name)) is not None:
            way = self.ways.get(arm)
            if not isinstance(way, Join):
                break
            if not self.is_barrier(way.join):
                found.append(arm)
            name = way.join
        return tuple(found)

    def next_to(self, name: str) -> tuple[str, ...]:
        """Everything that may come directly after a node."""
        way = self.ways.get(name)
        body = (self.loops[name].body,) if name in self.loops else ()
        if isinstance(way, Go):
            return (*body, *way.targets)
        if isinstance(way, Choose):
            return (*body, *dict.fromkeys(way.routes.values()))
        return (*body, way.join) if isinstance(way, Join) else body

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
        if source in self.scopes:
            self.scopes[gate.name] = self.scopes[source]
        if source in self.arms:
            self.arms[gate.name] = self.arms[source]
        for name, end in self.arms.items():
            self.arms[name] = gate.name if end == source else end

    def copy(self) -> Plan:
        return self.renamed({})

    def renamed(self, names: Mapping[str, str]) -> Plan:
        """The same plan under other names, sharing nothing that changes."""

        def new(name: str) -> str:
            return names.get(name, name)

        return Plan(
            steps={new(name): step for name, step in self.steps.items()},
            gates={
                new(name): replace(gate, name=new(name), after=tuple(map(new, gate.after)))
                for name, gate in self.gates.items()
            },
            loops={
                new(name): replace(loop, body=new(loop.body)) for name, loop in self.loops.items()
            },
            crossings=[new(name) for name in self.crossings],
            joins={new(name): list(map(new, arms)) for name, arms in self.joins.items()},
            ways={new(name): _renamed(way, new) for name, way in self.ways.items()},
            arms={new(name): new(end) for name, end in self.arms.items()},
            scopes={new(name): scope for name, scope in self.scopes.items()},
        )

    def absorb(self, other: Plan) -> None:
        self.steps |= other.steps
        self.gates |= other.gates
        self.loops |= other.loops
        self.crossings += other.crossings
        self.joins |= other.joins
        self.ways |= other.ways
        self.arms |= other.arms
        self.scopes |= other.scopes


def _renamed(way: Way, new: Callable[[str], str]) -> Way:
    if isinstance(way, Go):
        return Go(tuple(map(new, way.targets)))
    if isinstance(way, Join):
        return Join(new(way.join))
    return replace(way, routes={key: new(name) for key, name in way.routes.items()})
