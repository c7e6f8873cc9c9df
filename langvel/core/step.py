"""One step of an agent as a LangGraph node."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from langchain_core.runnables import RunnableConfig
from langgraph.types import Command

from langvel.core.notes import mark_key, mark_of, stop_key, wrote_key
from langvel.core.values import load, own_copy
from langvel.core.writes import changes
from langvel.exceptions import GraphInvalid
from langvel.routing.plan import Question
from langvel.routing.running import RunningPass
from langvel.state.base import StateModel
from langvel.state.fields import REVIEW_FIELDS, reducers
from langvel.state.private import PRIVATE
from langvel.state.storable import require_storable

# Where LangGraph tells a node which saver the pass has; without one nothing is stored.
_SAVER = "__pregel_checkpointer"


@dataclass(frozen=True, kw_only=True)
class StepNode:
    """Gives the step the state as a model and writes back what it changed."""

    name: str
    step: Callable[[Any], Awaitable[Any]]
    model: type[StateModel]
    owner: object
    has_gate: bool
    ends_arm: bool
    arms: tuple[str, ...] = ()

    async def run(
        self, values: dict[str, Any], config: RunnableConfig
    ) -> dict[str, Any] | Command[Any]:
        before = load(self.model, values)
        # A deep copy: a nested list changed in place must not change what it is compared with,
        # nor what a parallel step sees.
        state = own_copy(before)
        with RunningPass(self.owner, self.name) as this:
            returned = await self.step(state)
        update = returned.update if isinstance(returned, Command) else returned
        writes = changes(before, state, update)
        if config["configurable"].get(_SAVER) is not None:
            require_storable(writes)
        notes: dict[str, Any] = {
            wrote_key(arm, name): True for arm in self.arms for name in self._exclusive(writes)
        }
        if self.ends_arm:
            notes[stop_key(self.name)] = False
        if this.question is not None:
            notes[mark_key(self.name)] = self._mark(this.question, state)
        if notes:
            writes[PRIVATE] = notes
        return replace(returned, update=writes) if isinstance(returned, Command) else writes

    def _exclusive(self, writes: Mapping[str, Any]) -> list[str]:
        shared = {*REVIEW_FIELDS, *reducers(self.model)}
        return [name for name in writes if name not in shared]

    def _mark(self, question: Question, state: StateModel) -> dict[str, Any]:
        if not self.has_gate:
            raise GraphInvalid(
                [
                    f"{self.name!r} asked for an interrupt, but its code did not show that it may: "
                    "name it in approval_nodes, or call self.get_builder() in the step itself"
                ]
            )
        return mark_of(question, state)
