"""The node that asks a person, and sends the graph on as they decided.

A node of its own: LangGraph runs a node again from its first line when it resumes, so whatever
is gated has finished and been saved before, and whatever was approved has not begun.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from langgraph.constants import END
from langgraph.types import Command, interrupt

from langvel.core.decision import CONTINUE, Decision, apply_edit, fit_review
from langvel.core.notes import VERDICT, mark_key, read_notes, stop_key
from langvel.core.request import Describe, build_request, wording
from langvel.core.review import require_same
from langvel.core.source import looks_at_review
from langvel.core.values import as_write, load, same
from langvel.exceptions import UnknownBranch
from langvel.routing.plan import Choose, Gate, Go, Join, Plan
from langvel.state.base import StateModel
from langvel.state.channels import PRIVATE


@dataclass(frozen=True, kw_only=True)
class GateNode:
    """One gate of a compiled graph."""

    gate: Gate
    plan: Plan
    model: type[StateModel]
    describe: Describe

    async def run(self, values: dict[str, Any]) -> Command[Any]:
        state = load(self.model, values)
        notes = read_notes(values)
        marks = [notes[key] for key in map(mark_key, self.gate.after) if key in notes]
        if self.gate.on_demand and not marks:
            return self._leave(state, {}, rejected=False)
        # All that can fail comes before the question: an answer can't be taken back from a gate
        # that raises after it.
        said = wording(
            gate=self.gate,
            described=self.describe(state, self.gate.node) or {},
            mark={key: value for mark in marks for key, value in mark.items()},
            state=state,
        )
        following = self._steps_behind(self.gate.name, state)
        request = build_request(gate=self.gate, said=said, state=state, following=following)
        answer = interrupt(request)
        if answer == CONTINUE:
            rejected = notes.get(VERDICT, "rejected" if state.rejected else "") == "rejected"
            return self._leave(state, {}, rejected=rejected, on_reject=said["on_reject"])
        decision = Decision.read(answer, request=request)
        if decision.digest is not None:
            # Only a program that drives the graph by itself leaves it out. A gate asks one
            # question a task, so the interrupt id it must name says nearly as much.
            require_same(request, answer)
        return self._leave(
            state,
            self._wanted(state, decision, request),
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
        edited = apply_edit(self.model, request["state"], edits) if edits else {}
        changed = {name: value for name, value in edited.items() if not same(state[name], value)}
        return {**changed, **fit_review(self.model, decision.review())}

    def _leave(
        self,
        state: StateModel,
        wanted: Mapping[str, Any],
        *,
        rejected: bool,
        on_reject: str | None = None,
    ) -> Command[Any]:
        """Write what was decided and name the next steps."""
        writes = {name: as_write(state, name, value) for name, value in wanted.items()}
        decided = state.model_copy(update=dict(wanted))
        stops = rejected and not self._may_follow_a_rejection(decided, on_reject)
        notes: dict[str, Any] = {
            VERDICT: None,
            **{mark_key(name): None for name in self.gate.after},
        }
        if isinstance(self.plan.ways[self.gate.name], Join):
            # The siblings go on; the join looks at this note before it lets anything follow.
            return Command(update={**writes, PRIVATE: {**notes, stop_key(self.gate.name): stops}})
        behind = self._steps_behind if rejected else self._targets
        goto = (END,) if stops else behind(self.gate.name, decided)
        return Command(update={**writes, PRIVATE: notes}, goto=goto)

    def _may_follow_a_rejection(self, state: StateModel, on_reject: str | None) -> bool:
        if on_reject is not None:
            return on_reject == "continue"
        steps = self._steps_behind(self.gate.name, state)
        return all(step != END and looks_at_review(self.plan.steps[step]) for step in steps)

    def _targets(self, name: str, state: StateModel) -> tuple[str, ...]:
        way = self.plan.ways[name]
        if isinstance(way, Go):
            return way.targets
        return (route(way, state.next_step),) if isinstance(way, Choose) else (way.target,)

    def _steps_behind(self, name: str, state: StateModel) -> tuple[str, ...]:
        """The steps that come next, looking through further gates; END for the end."""
        found: dict[str, None] = {}
        for target in self._targets(name, state):
            is_gate = target in self.plan.gates
            found |= dict.fromkeys(self._steps_behind(target, state) if is_gate else (target,))
        return tuple(found)


def route(way: Choose, key: str | None) -> str:
    """The step `set_next` chose; an unknown key is an error that lists the keys."""
    if key is None or key not in way.routes:
        raise UnknownBranch(key, known=way.routes)
    return way.routes[key]
