"""Graphs for an Agent Server. What they did is in a file for each thread, in the folder EFFECTS."""

from __future__ import annotations

import asyncio
import json
import operator
import os
from pathlib import Path
from typing import Annotated, Any, TypedDict

from langchain_core.runnables import RunnableConfig
from langgraph.graph import END, START, StateGraph
from langgraph.runtime import Runtime
from langgraph.types import interrupt

FOLDER = Path(os.environ["EFFECTS"])


class State(TypedDict, total=False):
    topic: str
    answers: Annotated[list[Any], operator.add]


class Context(TypedDict, total=False):
    """Of a kind whose schema the server cannot name below Python 3.12: it answers 500 there."""

    tenant: str


def ask(state: State) -> State:
    return {"answers": [interrupt({"question": f"Go on with {state.get('topic')}?"})]}


def act(state: State, config: RunnableConfig) -> None:
    with (FOLDER / config["configurable"]["thread_id"]).open("a") as file:
        file.write(json.dumps(state["answers"]) + "\n")


def ask_twice(state: State) -> State:
    return {"answers": [interrupt("first?"), interrupt("second?")]}


def ask_and_maybe_fail(state: State) -> State:
    answer = interrupt("Sure?")
    if answer != "yes":
        raise RuntimeError("the bank is closed")
    return {"answers": [answer]}


def asker(name: str) -> Any:
    def ask(state: State) -> State:
        return {"answers": [f"{name}={interrupt(f'{name}?')}"]}

    return ask


async def take_long(state: State, config: RunnableConfig) -> None:
    """Until a test allows it to end."""
    allowed = FOLDER / f"{config['configurable']['thread_id']}.go"
    while not allowed.exists():  # noqa: ASYNC110 (another process makes the file)
        await asyncio.sleep(0.05)


def say_who(state: State, config: RunnableConfig, runtime: Runtime[Context]) -> State:
    interrupt("Go on?")
    tags = [tag for tag in config.get("tags") or [] if not tag.startswith("seq:")]
    context = {k: v for k, v in (runtime.context or {}).items() if not k.startswith("__")}
    return {"answers": [config["configurable"].get("tenant"), context, tags]}


def fail_at_once(state: State) -> State:
    raise ValueError("no such account")


def chain(*nodes: Any, context: Any = None, **options: Any) -> Any:
    graph: StateGraph[Any, Any, Any, Any] = StateGraph(State, context_schema=context)
    last = START
    for node in nodes:
        name = getattr(node, "__name__", "within")
        graph.add_node(name, node)
        graph.add_edge(last, name)
        last = name
    graph.add_edge(last, END)
    return graph.compile(**options)


asks_once = chain(ask, act)
asks_twice = chain(ask_twice, act)
fails_unless_yes = chain(ask_and_maybe_fail, act)
fails_at_once = chain(fail_at_once)
takes_long = chain(ask, take_long, act)
says_who = chain(say_who, context=Context)
stops = chain(act, interrupt_before=["act"])
asks_within = chain(chain(ask), act)

_three: StateGraph[Any, Any, Any, Any] = StateGraph(State)
_three.add_node("act", act)
for _name in ("red", "green", "blue"):
    _three.add_node(_name, asker(_name))
    _three.add_edge(START, _name)
_three.add_edge(["red", "green", "blue"], "act")
_three.add_edge("act", END)
asks_three = _three.compile()
