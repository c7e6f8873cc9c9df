"""What there is to draw of a plan: boxes and arrows, without places."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal, Self

from langgraph.constants import END, START

from langvel.routing.naming import name_of
from langvel.routing.plan import Choose, Join, Loop, Plan, Way

Kind = Literal["start", "end", "step", "gate", "loop", "crossing", "join"]


@dataclass(frozen=True)
class Box:
    name: str
    kind: Kind
    label: str


@dataclass(frozen=True)
class Arrow:
    """`label` says when this way is taken, if not always."""

    source: str
    target: str
    label: str = ""


@dataclass(frozen=True)
class Sketch:
    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]

    @classmethod
    def of(cls, boxes: Iterable[Box], arrows: Iterable[Arrow]) -> Self:
        """With the boxes in the order in which a run would come by."""
        named, drawn = {box.name: box for box in boxes}, tuple(dict.fromkeys(arrows))
        return cls(tuple(named[name] for name in _in_order(drawn, named)), drawn)

    def describe(self) -> list[str]:
        """Every box with what may come next, in words a screen reader can say."""
        labels = {box.name: box.label for box in self.boxes}
        lines = []
        for box in self.boxes:
            ways = [
                labels[arrow.target] + (f" ({arrow.label})" if arrow.label else "")
                for arrow in self.arrows
                if arrow.source == box.name
            ]
            if ways:
                lines.append(f"{box.label} → {', '.join(ways)}")
        return lines


def sketch(plan: Plan) -> Sketch:
    return Sketch.of(_boxes(plan), _arrows(plan))


def _boxes(plan: Plan) -> Iterator[Box]:
    yield Box(START, "start", "start")
    for name in plan.steps:
        yield Box(name, "step", name)
    for gate in plan.gates.values():
        asks = "may pause" if gate.on_demand else "pause"
        yield Box(gate.name, "gate", f"{asks} after {gate.node}")
    for name, loop in plan.loops.items():
        yield Box(name, "loop", _question(loop))
    for name in plan.crossings:
        way = plan.ways[name]
        asked = isinstance(way, Choose) and way.condition is not None
        meets = "rejoin" if name.endswith(".end") else "split"
        yield Box(name, "crossing", f"{_called(way.condition)}?" if asked else meets)  # type: ignore[union-attr]
    for name in plan.joins:
        if not plan.is_barrier(name):
            yield Box(name, "join", "all done")
    yield Box(END, "end", "end")


def _question(loop: Loop) -> str:
    word = "while" if loop.goes_on_when else "until"
    limit = f", at most {loop.limit} times" if loop.limit else ""
    return f"{word} {_called(loop.condition)}{limit}"


def _called(condition: object) -> str:
    name = name_of(condition)  # type: ignore[arg-type]
    return "condition" if name == "<lambda>" else name


def _arrows(plan: Plan) -> Iterator[Arrow]:
    for name, way in plan.ways.items():
        if name in plan.joins and plan.is_barrier(name):
            continue
        if name in plan.loops:
            yield Arrow(name, plan.loops[name].body, "again")
        for target, label in _targets(plan, way):
            yield Arrow(name, target, label or ("done" if name in plan.loops else ""))


def _targets(plan: Plan, way: Way) -> Iterator[tuple[str, str]]:
    if isinstance(way, Choose):
        yield from ((target, str(key)) for key, target in way.routes.items())
    elif isinstance(way, Join):
        through = plan.next_to(way.join) if plan.is_barrier(way.join) else (way.join,)
        yield from ((target, "") for target in through)
    else:
        yield from ((target, "") for target in way.targets)


def _in_order(arrows: tuple[Arrow, ...], names: dict[str, Box]) -> list[str]:
    """As a run would come by: from the start on, a box behind all that lead forward to it."""
    order: list[str] = []
    seen: set[str] = set()
    pending = [(START, False)]
    while pending:
        name, is_left = pending.pop()
        if is_left:
            order.append(name)
        elif name not in seen:
            seen.add(name)
            pending.append((name, True))
            pending.extend((a.target, False) for a in arrows if a.source == name)
    return [*reversed(order), *(name for name in names if name not in seen)]
