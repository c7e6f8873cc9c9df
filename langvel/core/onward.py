"""Where the graph goes on from a node, in general and after a rejection."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from langgraph.constants import END
from langgraph.types import Command

from langvel.core.call import call
from langvel.core.notes import refused_key, stop_key
from langvel.core.source import looks_at_review
from langvel.exceptions import UnknownBranch
from langvel.routing.plan import Choose, Go, Join, Loop, Plan
from langvel.state.base import StateModel
from langvel.state.private import PRIVATE


@dataclass
class Exit:
    """What a node writes as it is left, and where to."""

    writes: dict[str, Any] = field(default_factory=dict)
    notes: dict[str, Any] = field(default_factory=dict)
    goto: tuple[str, ...] = ()

    def command(self) -> Command[Any]:
        notes = {PRIVATE: self.notes} if self.notes else {}
        return Command(update={**self.writes, **notes}, goto=self.goto)


@dataclass(frozen=True)
class Onward:
    plan: Plan

    async def go(self, name: str, state: StateModel, exit: Exit) -> Command[Any]:
        """On along the way out of a node."""
        way = self.plan.ways[name]
        if isinstance(way, Join):
            exit.notes[stop_key(name)] = False
            exit.goto = (way.join,)
        elif isinstance(way, Choose):
            exit.goto = (route(way, await chosen(way, state)),)
        else:
            exit.goto = way.targets
        return exit.command()

    def stop(self, name: str, exit: Exit) -> Command[Any]:
        """Let nothing follow: to the end, or to the join of the arm that the node is in.

        There the siblings are waited for, so that a stop leaves no half-filled join behind.
        """
        arm = self.plan.arms.get(name, "")
        way = self.plan.ways.get(arm)
        if isinstance(way, Join):
            exit.notes[stop_key(arm)] = True
            exit.goto = (way.join,)
        else:
            exit.goto = (END,)
        return exit.command()

    def go_refused(
        self, name: str, state: StateModel, exit: Exit, *, anyway: bool = False
    ) -> Command[Any]:
        """On after a rejection, past further gates: what was refused is not asked about again.

        A loop that comes next is told, unless the author wants to go on `anyway`.
        """
        way = self.plan.ways[name]
        if isinstance(way, Join):
            exit.notes[stop_key(name)] = False
            exit.goto = (*exit.goto, way.join)
            return exit.command()
        for target in _targets(way, state):
            if target in self.plan.gates:
                self.go_refused(target, state, exit, anyway=anyway)
            else:
                exit.goto = tuple(dict.fromkeys((*exit.goto, target)))
                if target in self.plan.loops and not anyway:
                    exit.notes[refused_key(target)] = True
        return exit.command()

    def heeds_review(self, name: str, state: StateModel) -> bool:
        """Whether all that comes next was written to see a rejection."""
        return all(self._heeds(target, state, set()) for target in self._after(name, state))

    def heeds_exit(self, loop: str, state: StateModel) -> bool:
        """The same for the way out of a loop."""
        targets = _targets(self.plan.ways[loop], state)
        return all(self._heeds(target, state, {loop}) for target in targets)

    def _heeds(self, target: str, state: StateModel, seen: set[str]) -> bool:
        if target in self.plan.steps or target in (END, *seen):
            return target in self.plan.steps and looks_at_review(self.plan.steps[target])
        condition = self._condition(target)
        if condition is not None and looks_at_review(condition):
            return True
        after = self._after(target, state)
        return all(self._heeds(each, state, seen | {target}) for each in after)

    def _condition(self, name: str) -> Any:
        if name in self.plan.loops:
            return self.plan.loops[name].condition
        way = self.plan.ways[name]
        return way.condition if isinstance(way, Choose) else None

    def steps_after(self, name: str, state: StateModel) -> tuple[str, ...]:
        """The steps that come next, looking through our own nodes; END for the end.

        All that may come next where a condition yet to be asked decides.
        """
        found: dict[str, None] = {}
        seen: set[str] = set()
        pending = [name]
        while pending:
            for target in reversed(self._after(pending.pop(), state)):
                if target == END or target in self.plan.steps:
                    found[target] = None
                elif target not in seen:
                    seen.add(target)
                    pending.append(target)
        return tuple(found)

    def _after(self, name: str, state: StateModel) -> tuple[str, ...]:
        way = self.plan.ways[name]
        body = (self.plan.loops[name].body,) if name in self.plan.loops else ()
        return (*body, *_targets(way, state))


def _targets(way: Go | Choose | Join, state: StateModel) -> tuple[str, ...]:
    if isinstance(way, Go):
        return way.targets
    if isinstance(way, Join):
        return (way.join,)
    if way.condition is not None:
        return tuple(dict.fromkeys(way.routes.values()))
    return (route(way, state.next_step),)


async def chosen(way: Choose, state: StateModel) -> Any:
    return state.next_step if way.condition is None else await call(way.condition, state)


def route(way: Choose, key: Any) -> str:
    """The step that was chosen; an unknown key is an error that lists the keys."""
    if key not in way.routes:
        raise UnknownBranch(key, known=way.routes, by_condition=way.condition is not None)
    return way.routes[key]


async def wants_another_round(loop: Loop, state: StateModel, *, begun: int) -> bool:
    if loop.limit is not None and begun >= loop.limit:
        return False
    return bool(await call(loop.condition, state)) == loop.goes_on_when
