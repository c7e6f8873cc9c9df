"""A graph while it is being written: a plan with open ends."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any, Literal, NamedTuple, Protocol, runtime_checkable

from langgraph.constants import END, START

from langvel.routing.naming import name_of, takes_one_argument
from langvel.routing.plan import Gate, Go, Join, Loop, Node, Plan, Question, Scope, join_name

# LangGraph's own separators, the dot that sets apart the names of our own nodes, and the slash
# that sets apart a subgraph's.
RESERVED = ":|./"

Shape = Literal["line", "branch", "parallel"]


@runtime_checkable
class Nested(Protocol):
    """What may stand for a step besides a function: a builder or an agent."""

    def __langvel_part__(self) -> Part: ...


class Part(NamedTuple):
    """A graph to be put into another one."""

    plan: Plan
    shape: Shape
    faults: list[str]
    scope: Scope | None
    label: str | None


class Placed(NamedTuple):
    """Where something put into a draft begins, and its open ends."""

    entry: str
    exits: tuple[str, ...]


def through(name: str) -> Placed:
    return Placed(name, (name,))


@dataclass
class Draft:
    plan: Plan = field(default_factory=Plan)
    open: list[str] = field(default_factory=lambda: [START])
    shape: Shape = "line"
    # How the ends were related that end() closed.
    ended: Shape = "line"
    gated: dict[Node, Question] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)

    def copy(self) -> Draft:
        return replace(
            self,
            plan=self.plan.copy(),
            open=list(self.open),
            gated=dict(self.gated),
            faults=list(self.faults),
        )

    def lead_to(self, placed: Placed) -> None:
        self.connect(tuple(self.open), placed.entry)
        self.open, self.shape = list(placed.exits), "line"

    def connect(self, sources: tuple[str, ...], target: str) -> None:
        if self.shape == "parallel" and len(sources) > 1:
            sources = (self.join(sources, name=join_name(target)),)
        for source in sources:
            self.plan.ways[source] = Go((target,))

    def join(self, arms: tuple[str, ...], *, name: str) -> str:
        self.plan.joins[name] = list(arms)
        for arm in arms:
            self.plan.ways[arm] = Join(name)
        return name

    def cross(self, name: str) -> str:
        """A node that does nothing but stand where several ways meet or part."""
        name = self.fresh(name)
        self.plan.crossings.append(name)
        return name

    def gate(self, after: tuple[str, ...], question: Question) -> str:
        names = ["start" if name == START else name for name in after]
        gate = Gate(self.fresh(f"{'+'.join(names)}.gate"), after, question)
        self.plan.gates[gate.name] = gate
        self.connect(after, gate.name)
        return gate.name

    def pause(self, node: Node | None, question: Question) -> None:
        """A gate at the open ends, one behind each route of a branch; or behind a step."""
        if node is not None:
            self.gated[node] = question
        elif self.shape == "branch":
            self.open = [self.gate((source,), question) for source in self.open]
        elif self.open:
            self.lead_to(through(self.gate(tuple(self.open), question)))
        else:
            self.faults.append("interrupt() after end() would never be reached")

    def loop(self, placed: Placed, loop: Loop) -> str:
        test = self.fresh(f"{placed.entry.removesuffix('.loop')}.loop")
        self.plan.loops[test] = loop
        for source in placed.exits:
            self.plan.ways[source] = Go((test,))
        return test

    def fresh(self, name: str) -> str:
        while name in self.plan:
            name += "." + name.rpartition(".")[2]
        return name

    def place(self, part: Any, *, name: str | None = None) -> Placed:
        """Put in a step, a builder or an agent; the way into it is left to the caller."""
        if isinstance(part, type) and issubclass(part, Nested):
            part = part()
        if isinstance(part, Nested):
            return self._place_part(part.__langvel_part__(), name=name)
        step = self._add_step(part, name=name)
        return through(step)

    def _add_step(self, node: Node, *, name: str | None) -> str:
        step = name or name_of(node)
        if step == "<lambda>":
            step = f"lambda_{len(self.plan.steps) + 1}"
        if step in self.plan:
            self.faults.append(f"Duplicate node name {step!r}: give one of them another with name=")
            step = f"{step}#{len(self.plan.steps) + 1}"
        if name is not None:
            self._check_name(name)
        if not takes_one_argument(node):
            self.faults.append(f"Node {step!r} must take one argument, the state")
        self.plan.steps[step] = node
        return step

    def _check_name(self, name: str) -> None:
        if name in (START, END) or set(name) & set(RESERVED):
            self.faults.append(f"Node name {name!r} is reserved or contains one of {RESERVED}")

    def _place_part(self, part: Part, *, name: str | None) -> Placed:
        label = name or part.label
        if label is not None:
            self._check_name(label)
        plan = part.plan.renamed(self._new_names(part.plan, label))
        self.faults += [f"{label}: {fault}" if label else fault for fault in part.faults]
        if part.scope is not None:
            scope = replace(part.scope, prefix=f"{label}/")
            plan.scopes = {**dict.fromkeys(plan.names(), scope), **plan.scopes}
        start = plan.ways.pop(START, Go((END,)))
        exits = tuple(source for source, way in plan.ways.items() if way == Go((END,)))
        for source in exits:
            del plan.ways[source]
        self.plan.absorb(plan)
        if start == Go((END,)):
            self.faults.append(
                f"A part of the graph{f', {label!r},' if label else ''} has no steps"
            )
            crossing = self.cross(f"{label or 'part'}.start")
            return through(crossing)
        if isinstance(start, Go) and len(start.targets) == 1:
            entry = start.targets[0]
        else:
            entry = self.cross(f"{label or 'part'}.start")
            self.plan.ways[entry] = start
        if part.shape == "parallel" and len(exits) > 1:
            exits = (self.join(exits, name=self.fresh(f"{label or 'part'}.join")),)
        return Placed(entry, exits)

    def _new_names(self, plan: Plan, label: str | None) -> dict[str, str]:
        if label is not None:
            new = {name: f"{label}/{name}" for name in plan.names()}
            if taken := [name for name in new.values() if name in self.plan]:
                self.faults.append(
                    f"Duplicate node name {taken[0]!r}: give one of the subgraphs another name="
                )
                new = {name: f"{label}#{len(self.plan.steps) + 1}/{name}" for name in new}
            return new
        new = {}
        for name in plan.names():
            if name not in self.plan:
                continue
            if name in plan.steps:
                self.faults.append(
                    f"Duplicate node name {name!r}: give one of them another with name="
                )
                new[name] = f"{name}#{len(self.plan.steps) + len(new) + 1}"
            else:
                new[name] = self.fresh(name)
        return new

    def place_arm(self, part: Any) -> Placed:
        """Put in what runs at the same time as others; one node stands for its end."""
        before = set(self.plan.names())
        placed = self.place(part)
        end = self.single_exit(placed)
        self.mark_arm(set(self.plan.names()) - before, end=end)
        return Placed(placed.entry, (end,))

    def single_exit(self, placed: Placed) -> str:
        """One node that stands for the end of a parallel arm."""
        if len(placed.exits) == 1:
            return placed.exits[0]
        end = self.cross(f"{placed.entry}.end")
        for source in placed.exits:
            self.plan.ways[source] = Go((end,))
        return end

    def mark_arm(self, names: Iterable[str], *, end: str) -> None:
        """The innermost arm of a node is marked first and stays."""
        for name in names:
            self.plan.arms.setdefault(name, end)
