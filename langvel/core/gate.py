"""The node that asks a person, and sends the graph on as they decided.

A node of its own: LangGraph runs a node again from its first line when it resumes, so whatever
is gated has finished and been saved before, and whatever was approved has not begun.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from langgraph.types import Command, interrupt

from langvel.core.decision import CONTINUE, Decision, apply_edit, fit_review
from langvel.core.notes import ASKED, VERDICT, mark_key, read_notes
from langvel.core.onward import Exit, Onward
from langvel.core.request import Describe, build_request, wording
from langvel.core.review import require_same
from langvel.core.values import load
from langvel.core.writes import as_write, same
from langvel.routing.plan import Gate, Plan
from langvel.state.base import StateModel


@dataclass(frozen=True, kw_only=True)
class GateNode:
    """One gate of a compiled graph."""

    gate: Gate
    plan: Plan
    model: type[StateModel]
    describe: Describe
    prefix: str = ""

    async def run(self, values: dict[str, Any]) -> Command[Any]:
        state = load(self.model, values)
        notes = read_notes(values)
        marks = [notes[key] for key in map(mark_key, self.gate.after) if key in notes]
        if self.gate.on_demand and not marks:
            return await self._leave(state, {}, notes=notes, rejected=False)
        # All that can fail comes before the question: an answer can't be taken back from a gate
        # that raises after it.
        said = wording(
            gate=self.gate,
            described=self.describe(state, self.gate.node.removeprefix(self.prefix)) or {},
            mark={key: value for mark in marks for key, value in mark.items()},
            state=state,
        )
        following = Onward(self.plan).steps_after(self.gate.name, state)
        request = build_request(gate=self.gate, said=said, state=state, following=following)
        answer = interrupt(request)
        if answer == CONTINUE:
            rejected = notes.get(VERDICT, "rejected" if state.rejected else "") == "rejected"
            return await self._leave(
                state, {}, notes=notes, rejected=rejected, on_reject=said["on_reject"]
            )
        decision = Decision.read(answer, request=request)
        if decision.digest is not None:
            # Only a program that drives the graph by itself leaves it out. A gate asks one
            # question a task, so the interrupt id it must name says nearly as much.
            require_same(request, answer)
        return await self._leave(
            state,
            self._wanted(state, decision, request),
            notes=notes,
            rejected=decision.type == "reject",
            on_reject=said["on_reject"],
        )

    def _wanted(
        self, state: StateModel, decision: Decision, request: Mapping[str, Any]
    ) -> dict[str, Any]:
        """The fields the decision sets.

        An edit only sets what differs. The review is set whole, even where nothing changes: a
        rejection must say approved=False out loud for a parallel gate that writes True.
        """
        edits = decision.edits(request["action"]["args"])
        edited = apply_edit(state, edits) if edits else {}
        changed = {name: value for name, value in edited.items() if not same(state[name], value)}
        return {**changed, **fit_review(self.model, decision.review())}

    async def _leave(
        self,
        state: StateModel,
        wanted: Mapping[str, Any],
        *,
        notes: Mapping[str, Any],
        rejected: bool,
        on_reject: str | None = None,
    ) -> Command[Any]:
        """Write what was decided and name the next steps."""
        writes = {name: as_write(state, name, value) for name, value in wanted.items()}
        decided = state.model_copy(update=dict(wanted))
        used = (VERDICT, ASKED, *map(mark_key, self.gate.after))
        exit = Exit(writes, {key: None for key in used if key in notes})
        onward = Onward(self.plan)
        if not rejected:
            return await onward.go(self.gate.name, decided, exit)
        if on_reject == "continue":
            return onward.go_refused(self.gate.name, decided, exit, anyway=True)
        if on_reject is None and onward.heeds_review(self.gate.name, decided):
            return onward.go_refused(self.gate.name, decided, exit)
        return onward.stop(self.gate.name, exit)
