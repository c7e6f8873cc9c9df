"""An agent's plan on LangGraph, with the saver its threads are kept by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from langgraph.graph.state import CompiledStateGraph

from langvel.checkpointers.backend import Saver, open_backend
from langvel.checkpointers.locks import ThreadLocks
from langvel.core.compiler import Compiler
from langvel.core.passes import Passes
from langvel.core.request import describing
from langvel.routing.plan import Plan
from langvel.state.base import StateModel

if TYPE_CHECKING:
    from langvel.core.agent import Agent

Graph = CompiledStateGraph[Any, Any, Any, Any]

__all__ = ["Engine", "Graph", "Passes", "Saver"]


@dataclass(frozen=True)
class Engine:
    graph: Graph
    plan: Plan
    model: type[StateModel]
    locks: ThreadLocks

    @classmethod
    def of(
        cls, agent: Agent, *, plan: Plan, owner: object, checkpointer: str | Saver | None
    ) -> Self:
        backend = open_backend(checkpointer, types=agent.serializable_types())
        compiler = Compiler(
            plan=plan, model=agent.state_model, owner=owner, describe=describing(agent)
        )
        graph = compiler.graph().compile(checkpointer=backend.saver, name=type(agent).__name__)
        return cls(graph, plan, agent.state_model, backend.locks)

    @property
    def passes(self) -> Passes:
        return Passes(graph=self.graph, plan=self.plan, model=self.model, locks=self.locks)
