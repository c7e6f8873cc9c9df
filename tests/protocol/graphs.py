"""Graphs whose questions have names, and a log of what each of them heard."""

from __future__ import annotations

import operator
from dataclasses import dataclass
from typing import Annotated, Any, TypedDict

from langchain_core.runnables import RunnableConfig
from langgraph.graph import END, START, StateGraph
from langgraph.types import interrupt


@dataclass(frozen=True)
class Heard:
    thread_id: str
    label: str
    answer: Any


HEARD: list[Heard] = []
"""Every answer that a step acted on, in order."""

BROKEN: set[str] = set()
"""Threads in which the step of `frail` raises after it has been answered."""

STAGES: dict[str, list[tuple[str, ...]]] = {
    "chain": [("one",), ("two",)],
    "pair": [("first",), ("second",)],
    "fan": [("red", "green", "blue"), ("last",)],
    "each": [("red", "green", "blue"), ("last",)],
    "frail": [("sure",)],
    "deployed": [("pay",)],
}
"""What each graph asks, at once and one after the other. The questions of `each` resume alone."""

OTHER_STAGES = [("delete",), ("pay",)]
"""What `deployed` asks in its other code."""


class State(TypedDict, total=False):
    topic: str
    answers: Annotated[list[Any], operator.add]


def ask(label: str, config: RunnableConfig) -> Any:
    answer = interrupt({"question": label})
    HEARD.append(Heard(config["configurable"]["thread_id"], label, answer))
    return answer


def chain() -> StateGraph[Any]:
    return _line("one", "two")


def pair() -> StateGraph[Any]:
    """Both in one step, so that a repeated answer would reach the second."""

    def both(state: State, config: RunnableConfig) -> State:
        return {"answers": [ask("first", config), ask("second", config)]}

    graph = StateGraph(State)
    graph.add_node("both", both)
    graph.add_edge(START, "both")
    graph.add_edge("both", END)
    return graph


def fan() -> StateGraph[Any]:
    graph = StateGraph(State)
    graph.add_node("last", _asker("last"))
    for label in ("red", "green", "blue"):
        graph.add_node(label, _asker(label))
        graph.add_edge(START, label)
    graph.add_edge(["red", "green", "blue"], "last")
    graph.add_edge("last", END)
    return graph


def each() -> StateGraph[Any]:
    return fan()


each.resumes = "each"  # type: ignore[attr-defined]


def frail() -> StateGraph[Any]:
    def sure(state: State, config: RunnableConfig) -> State:
        thread = config["configurable"]["thread_id"]
        answer = interrupt({"question": "sure"})
        if thread in BROKEN:
            raise RuntimeError("the bank is closed")
        HEARD.append(Heard(thread, "sure", answer))
        return {"answers": [answer]}

    return _single("ask", sure)


def deployed() -> StateGraph[Any]:
    def step(state: State, config: RunnableConfig) -> State:
        return {"answers": [ask("pay", config)]}

    return _single("ask", step)


def deployed_anew() -> StateGraph[Any]:
    """Another question comes first, in the very same step."""

    def step(state: State, config: RunnableConfig) -> State:
        return {"answers": [ask("delete", config), ask("pay", config)]}

    return _single("ask", step)


def _single(name: str, node: Any) -> StateGraph[Any]:
    graph = StateGraph(State)
    graph.add_node(name, node)
    graph.add_edge(START, name)
    graph.add_edge(name, END)
    return graph


def _line(*labels: str) -> StateGraph[Any]:
    graph = StateGraph(State)
    last = START
    for label in labels:
        graph.add_node(label, _asker(label))
        graph.add_edge(last, label)
        last = label
    graph.add_edge(last, END)
    return graph


def _asker(label: str) -> Any:
    def node(state: State, config: RunnableConfig) -> State:
        return {"answers": [ask(label, config)]}

    return node
