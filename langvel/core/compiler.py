"""From the builder's plan to a LangGraph graph."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from langgraph.constants import END
from langgraph.graph import StateGraph

from langvel.core.call import awaitable
from langvel.core.gate import GateNode
from langvel.core.junctions import CrossingNode, JoinNode, LoopNode
from langvel.core.onward import route
from langvel.core.request import Describe
from langvel.core.source import looks_at_review
from langvel.core.step import StepNode
from langvel.routing.plan import Choose, Go, Join, Plan, Scope
from langvel.state.base import StateModel
from langvel.state.channels import channel_schemas

Run = Callable[..., Any]


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
        for name, run in self._movers():
            graph.add_node(name, run, input_schema=whole, destinations=self._ends(name))
        for source, way in self.plan.ways.items():
            if source in self.plan.steps or source not in self.plan:
                self._edges(graph, source, way)
        for join in filter(self.plan.is_barrier, self.plan.joins):
            graph.add_edge(self.plan.joins[join], *self.plan.next_to(join))
        return graph

    def _edges(self, graph: StateGraph[Any, Any, Any, Any], source: str, way: Any) -> None:
        if isinstance(way, Choose):
            graph.add_conditional_edges(source, _router(way), list(way.routes.values()))
        elif isinstance(way, Go):
            for target in way.targets:
                graph.add_edge(source, target)
        elif not self.plan.is_barrier(way.join):
            graph.add_edge(source, way.join)

    def _movers(self) -> Iterator[tuple[str, Run]]:
        """The nodes that name what comes next themselves."""
        for name in self.plan.gates:
            yield name, self._gate(name)
        for name in self.plan.loops:
            yield name, LoopNode(name=name, plan=self.plan, model=self._scope(name).model).run
        for name in self.plan.crossings:
            yield name, CrossingNode(name=name, plan=self.plan, model=self._scope(name).model).run
        for name in self.plan.joins:
            if not self.plan.is_barrier(name):
                yield name, JoinNode(name=name, plan=self.plan, model=self._scope(name).model).run

    def _step(self, name: str) -> Run:
        way = self.plan.ways[name]
        scope = self._scope(name)
        return StepNode(
            name=name,
            step=awaitable(self.plan.steps[name]),
            model=scope.model,
            owner=scope.owner,
            has_gate=any(name in gate.after for gate in self.plan.gates.values()),
            ends_arm=isinstance(way, Join) and not self.plan.is_barrier(way.join),
            arms=self.plan.arms_around(name),
        ).run

    def _gate(self, name: str) -> Run:
        scope = self._scope(name)
        return GateNode(
            gate=self.plan.gates[name],
            plan=self.plan,
            model=scope.model,
            describe=scope.describe,
            prefix=scope.prefix,
        ).run

    def _scope(self, name: str) -> Scope:
        own = Scope(prefix="", owner=self.owner, model=self.model, describe=self.describe)
        return self.plan.scopes.get(name, own)

    def _ends(self, name: str) -> tuple[str, ...]:
        """Where a node may send the graph, for drawings."""
        targets = tuple(dict.fromkeys(self.plan.next_to(name)))
        gate = self.plan.gates.get(name)
        if name not in self.plan.joins and gate is None:
            return targets
        if isinstance(self.plan.ways[name], Join):
            return targets
        goes_on = gate is not None and (
            gate.question.on_reject == "continue"
            or all(
                name in self.plan.steps and looks_at_review(self.plan.steps[name])
                for name in targets
            )
        )
        return targets if goes_on else tuple(dict.fromkeys((*targets, END)))


def _router(way: Choose) -> Callable[[dict[str, Any]], str]:
    def next_step(values: dict[str, Any]) -> str:
        return route(way, values.get("next_step"))

    return next_step
