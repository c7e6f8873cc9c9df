"""Agents whose every answer leaves a line in a file, which outlives the process and PostgreSQL.

The label of a question is unique in its thread, so that an answer that reaches another question
is seen. The shapes are the ones where LangGraph confuses questions most easily.
"""

from __future__ import annotations

import json
import operator
import os
from pathlib import Path
from typing import Annotated, Any, TypedDict

from langchain_core.runnables import RunnableConfig
from langgraph.graph import END, START, StateGraph
from langgraph.types import interrupt


class State(TypedDict, total=False):
    topic: str
    answers: Annotated[list[str], operator.add]


def effects_file() -> Path:
    return Path(os.environ["LANGVEL_CHAOS_FOLDER"]) / "effects.jsonl"


def ask(label: str, config: RunnableConfig) -> str:
    """Ask, then act on the answer: one line, written at once or not at all."""
    return _act(label, interrupt({"question": label}), config)


def _act(label: str, answer: str, config: RunnableConfig) -> str:
    line = {"thread": config["configurable"]["thread_id"], "label": label, "answer": answer}
    handle = os.open(effects_file(), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    try:
        os.write(handle, (json.dumps(line) + "\n").encode())
    finally:
        os.close(handle)
    return f"{label}={answer}"


def chain() -> StateGraph[Any]:
    """Three nodes, one question each, one after the other."""
    graph = StateGraph(State)
    last = START
    for label in ("one", "two", "three"):
        graph.add_node(label, _asker(label))
        graph.add_edge(last, label)
        last = label
    graph.add_edge(last, END)
    return graph


def pair() -> StateGraph[Any]:
    """Two questions in one node: a repeated answer would reach the second one."""

    def both(state: State, config: RunnableConfig) -> State:
        return {"answers": [ask("first", config), ask("second", config)]}

    graph = StateGraph(State)
    graph.add_node("both", both)
    graph.add_edge(START, "both")
    graph.add_edge("both", END)
    return graph


def fan() -> StateGraph[Any]:
    """Three branches ask in one pass, and a fourth question follows."""
    graph = StateGraph(State)
    graph.add_node("last", _asker("last"))
    for label in ("red", "green", "blue"):
        graph.add_node(label, _asker(label))
        graph.add_edge(START, label)
    graph.add_edge(["red", "green", "blue"], "last")
    graph.add_edge("last", END)
    return graph


def wide() -> StateGraph[Any]:
    """Two dozen branches ask in one pass: many decisions for little work of a worker."""
    graph = StateGraph(State)
    for number in range(24):
        label = f"branch{number}"
        graph.add_node(label, _asker(label))
        graph.add_edge(START, label)
        graph.add_edge(label, END)
    return graph


def fickle() -> StateGraph[Any]:
    """Its step fails the first time it has been answered, and goes well when it is retried."""

    def step(state: State, config: RunnableConfig) -> State:
        answer = interrupt({"question": "sure"})
        mark = effects_file().with_name(f"failed-{config['configurable']['thread_id']}")
        if not mark.exists():
            mark.touch()
            raise RuntimeError("the bank is closed")
        return {"answers": [_act("sure", answer, config)]}

    graph = StateGraph(State)
    graph.add_node("step", step)
    graph.add_edge(START, "step")
    graph.add_edge("step", END)
    return graph


def _asker(label: str) -> Any:
    def node(state: State, config: RunnableConfig) -> State:
        return {"answers": [ask(label, config)]}

    return node
