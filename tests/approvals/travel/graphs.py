"""Graphs whose earlier states are worth going back to."""

from __future__ import annotations

from typing import Annotated, Any, TypedDict

from langchain_core.runnables import RunnableConfig
from langgraph.channels import DeltaChannel
from langgraph.func import entrypoint
from langgraph.graph import END, START, StateGraph
from langgraph.types import interrupt

from tests.graphs import State
from tests.shapes import chain, doer


def two_steps() -> StateGraph[Any]:
    return chain(first=doer("first"), second=doer("second"))


def stops_before() -> Any:
    return two_steps().compile(interrupt_before=["second"])


def stops_after() -> Any:
    return two_steps().compile(interrupt_after=["first"])


def branches() -> StateGraph[Any]:
    """One step asks while another does something beside it."""

    def ask(state: State) -> State:
        return {"answers": [interrupt("Right?")]}

    graph: StateGraph[Any] = StateGraph(State)
    graph.add_node("left", doer("left"))
    graph.add_node("right", ask)
    graph.add_node("end", lambda state: {})
    for name in ("left", "right"):
        graph.add_edge(START, name)
        graph.add_edge(name, "end")
    graph.add_edge("end", END)
    return graph


def nests() -> StateGraph[Any]:
    """A step is a graph that asks."""

    def ask(state: State) -> State:
        return {"answers": [interrupt("Inside?")]}

    return chain(inner=chain(ask=ask).compile())


def _added(now: list[str], added: Any) -> list[str]:
    return [*now, *(one for each in added for one in each)]


class Talk(TypedDict, total=False):
    said: Annotated[list[str], DeltaChannel(_added)]


def keeps_deltas() -> StateGraph[Any]:
    """Its list is stored as what was added, not as what it is."""
    graph: StateGraph[Any] = StateGraph(Talk)
    last = START
    for name in ("first", "second", "third"):
        graph.add_node(name, lambda state, name=name: {"said": [name]})
        graph.add_edge(last, name)
        last = name
    graph.add_edge(last, END)
    return graph


def function() -> Any:
    @entrypoint()
    def ask(given: dict[str, Any], config: RunnableConfig) -> dict[str, Any]:
        return {**given, "answer": interrupt(f"{given['topic']}?")}

    return ask
