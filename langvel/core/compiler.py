"""From the builder's plan to a LangGraph graph."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from langgraph.constants import END
from langgraph.graph import StateGraph
from langgraph.types import Command

from langvel.core.gate import GateNode, route
from langvel.core.notes import read_notes, stop_key
from langvel.core.request import Describe
from langvel.core.source import looks_at_review
from langvel.core.step import StepNode
from langvel.routing.plan import Choose, Go, Join, Plan, join_name
from langvel.state.base import StateModel
from langvel.state.channels import channel_schemas


@dataclass(frozen=True, kw_only=True)
class Compiler:
    plan: Plan
    model: type[StateModel]
    owner: object
    describe: Describe

    def graph(self) -> StateGraph[Any, Any, Any, Any]:
        whole, output = channel_schemas(self.model)
        graph: StateGraph[Any, Any, Any, Any] = StateGraph(whole, output_schema=output)
        for name in self.plan.steps:
            graph.add_node(name, self._step(name), input_schema=whole)
        for name in self.plan.gates:
            ends = self._ends(name)
            graph.add_node(name, self._gate(name), input_schema=whole, destinations=ends)
        for target, sources in self.plan.joins.items():
            self._join(graph, target, sources, whole)
        for source, way in self.plan.ways.items():
            if isinstance(way, Choose) and source not in self.plan.gates:
                graph.add_conditional_edges(source, _router(way), list(way.routes.values()))
            elif isinstance(way, Go) and source not in self.plan.gates:
                for target in way.targets:
                    graph.add_edge(source, target)
        return graph

    def _step(self, name: str) -> Callable[..., Any]:
        return StepNode(
            name=name,
            step=self.plan.steps[name],
            model=self.model,
            owner=self.owner,
            has_gate=any(name in gate.after for gate in self.plan.gates.values()),
        ).run

    def _gate(self, name: str) -> Callable[..., Any]:
        return GateNode(
            gate=self.plan.gates[name], plan=self.plan, model=self.model, describe=self.describe
        ).run

    def _ends(self, gate: str) -> tuple[str, ...] | None:
        """Where a gate may send the graph, for drawings; a join draws its own edges."""
        way = self.plan.ways[gate]
        if isinstance(way, Join):
            return None
        targets = way.targets if isinstance(way, Go) else tuple(way.routes.values())
        goes_on = self.plan.gates[gate].question.on_reject == "continue" or all(
            name in self.plan.steps and looks_at_review(self.plan.steps[name]) for name in targets
        )
        return tuple(dict.fromkeys(targets if goes_on else (*targets, END)))

    def _join(
        self, graph: StateGraph[Any, Any, Any, Any], target: str, sources: list[str], whole: Any
    ) -> None:
        """Wait for all sources. If some are gates, a rejection there may forbid the target."""
        gates = [source for source in sources if source in self.plan.gates]
        if not gates:
            graph.add_edge(sources, target)
            return
        join = join_name(target)
        graph.add_node(join, _stop(gates, target), input_schema=whole, destinations=(target, END))
        graph.add_edge(sources, join)


def _router(way: Choose) -> Callable[[dict[str, Any]], str]:
    def next_step(values: dict[str, Any]) -> str:
        return route(way, values.get("next_step"))

    return next_step


def _stop(gates: list[str], target: str) -> Callable[..., Any]:
    async def join(values: dict[str, Any]) -> Command[Any]:
        notes = read_notes(values)
        stopped = any(notes.get(stop_key(gate)) for gate in gates)
        return Command(goto=END if stopped else target)

    return join
