"""Small graphs for tests of the site. What they did is in a file for each thread: it outlives a kill."""

from __future__ import annotations

import json
import operator
import tempfile
from pathlib import Path
from typing import Annotated, Any, TypedDict

from langchain_core.runnables import RunnableConfig
from langgraph.graph import END, START, StateGraph
from langgraph.types import interrupt

_FOLDER = Path(tempfile.mkdtemp(prefix="effects-"))

FAILING: set[str] = set()
"""Threads in which `fails_after_answer` raises."""


class State(TypedDict, total=False):
    topic: str
    answers: Annotated[list[Any], operator.add]


def effect(config: RunnableConfig, what: Any) -> None:
    """Do something that cannot be undone."""
    with (_FOLDER / config["configurable"]["thread_id"]).open("a") as file:
        file.write(json.dumps(what) + "\n")


def effects(thread_id: str) -> list[Any]:
    """What was done in a thread, in order."""
    file = _FOLDER / thread_id
    return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []


def asks_once() -> StateGraph[Any]:
    """Asks one question, then acts on the answer."""

    def ask(state: State) -> State:
        return {"answers": [interrupt({"question": f"Go on with {state.get('topic')}?"})]}

    def act(state: State, config: RunnableConfig) -> None:
        effect(config, state["answers"])

    return _chain(ask=ask, act=act)


def asks_twice() -> StateGraph[Any]:
    """Two questions in one node, one after the other."""

    def ask(state: State) -> State:
        return {"answers": [interrupt("first?"), interrupt("second?")]}

    return _chain(ask=ask)


def asks_three_at_once() -> StateGraph[Any]:
    """Three branches ask in the same pass; the node after them acts once."""

    def asker(name: str) -> Any:
        def ask(state: State) -> State:
            return {"answers": [f"{name}={interrupt(f'{name}?')}"]}

        return ask

    def act(state: State, config: RunnableConfig) -> None:
        effect(config, sorted(state["answers"]))

    graph = StateGraph(State)
    graph.add_node("act", act)
    for name in ("red", "green", "blue"):
        graph.add_node(name, asker(name))
        graph.add_edge(START, name)
    graph.add_edge(["red", "green", "blue"], "act")
    graph.add_edge("act", END)
    return graph


def fails_after_answer() -> StateGraph[Any]:
    """The node raises after it has been answered, while its thread is in FAILING."""

    def ask(state: State, config: RunnableConfig) -> State:
        answer = interrupt("Sure?")
        if config["configurable"]["thread_id"] in FAILING:
            raise RuntimeError("the bank is closed")
        effect(config, answer)
        return {"answers": [answer]}

    return _chain(ask=ask)


def fails_at_once() -> StateGraph[Any]:
    """Raises before it asks anything."""

    def break_down(state: State) -> State:
        raise ValueError("no such account")

    return _chain(break_down=break_down)


def never_asks() -> StateGraph[Any]:
    """Runs to its end."""

    def act(state: State, config: RunnableConfig) -> State:
        effect(config, state.get("topic"))
        return {"answers": ["done"]}

    return _chain(act=act)


def says_who() -> StateGraph[Any]:
    """Answers with what the first call was configured with, after a pause."""

    def ask(state: State, config: RunnableConfig) -> State:
        interrupt("Go on?")
        return {"answers": [config["configurable"].get("tenant")]}

    return _chain(ask=ask)


def _chain(**nodes: Any) -> StateGraph[Any]:
    graph: StateGraph[Any] = StateGraph(State)
    last = START
    for name, node in nodes.items():
        graph.add_node(name, node)
        graph.add_edge(last, name)
        last = name
    graph.add_edge(last, END)
    return graph
