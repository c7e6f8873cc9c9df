"""The nodes of ours that ask nobody: the tests of loops, crossings, and joins."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from langgraph.types import Command

from langvel.core.notes import read_notes, refused_key, round_key, stop_key, wrote_key
from langvel.core.onward import Exit, Onward, wants_another_round
from langvel.core.values import load, own_copy
from langvel.exceptions import FieldConflict
from langvel.routing.plan import Plan
from langvel.state.base import StateModel


@dataclass(frozen=True, kw_only=True)
class LoopNode:
    """Tests a loop's condition and counts its rounds in the thread."""

    name: str
    plan: Plan
    model: type[StateModel]

    async def run(self, values: dict[str, Any]) -> Command[Any]:
        loop, onward = self.plan.loops[self.name], Onward(self.plan)
        state, notes = load(self.model, values), read_notes(values)
        begun = notes.get(round_key(self.name), loop.begun)
        # A copy: a condition that changes what it was given must not change what is routed on.
        again = await wants_another_round(loop, own_copy(state), begun=begun)
        exit = Exit(notes={round_key(self.name): None, refused_key(self.name): None})
        if again:
            exit.notes[round_key(self.name)] = begun + 1
            exit.goto = (loop.body,)
            return exit.command()
        if not notes.get(refused_key(self.name)):
            return await onward.go(self.name, state, exit)
        # Out of rounds, or the condition let a rejection out: the step behind must not take it
        # for an approval.
        if onward.heeds_exit(self.name, state):
            return onward.go_refused(self.name, state, exit)
        return onward.stop(self.name, exit)


@dataclass(frozen=True, kw_only=True)
class CrossingNode:
    """Goes where its way leads; a branch's condition is asked here."""

    name: str
    plan: Plan
    model: type[StateModel]

    async def run(self, values: dict[str, Any]) -> Command[Any]:
        state = own_copy(load(self.model, values))
        return await Onward(self.plan).go(self.name, state, Exit())


@dataclass(frozen=True, kw_only=True)
class JoinNode:
    """Waits until every arm has come, and goes on unless a rejection in one of them forbids it.

    Arms report in our notes, which a new run clears. LangGraph's own barrier would keep the arms
    of an abandoned run and let the next one through before its gates were answered.
    """

    name: str
    plan: Plan
    model: type[StateModel]

    async def run(self, values: dict[str, Any]) -> Command[Any]:
        notes = read_notes(values)
        keys = [stop_key(arm) for arm in self.plan.joins[self.name]]
        if any(key not in notes for key in keys):
            return Command()
        wrote = self._written(notes)
        exit = Exit(notes=dict.fromkeys([*keys, *wrote]))
        if any(notes[key] for key in keys):
            return Onward(self.plan).stop(self.name, exit)
        return await Onward(self.plan).go(self.name, load(self.model, values), exit)

    def _written(self, notes: dict[str, Any]) -> list[str]:
        """The notes of what each arm wrote. A step of one arm may have undone another's."""
        found = {
            (name, key): None
            for arm in self.plan.joins[self.name]
            for key in notes
            if (name := key.removeprefix(wrote_key(arm, ""))) != key
        }
        names = [name for name, _ in found]
        for name in names:
            if names.count(name) > 1:
                raise FieldConflict(name)
        return [key for _, key in found]
