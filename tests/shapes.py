"""Every way in which a LangGraph graph pauses, as small graphs that keep what they were answered."""

from __future__ import annotations

import asyncio
import warnings
from typing import Annotated, Any, TypedDict

from langchain_core.messages import AIMessage, AnyMessage
from langchain_core.runnables import RunnableConfig
from langchain_core.tools import tool
from langgraph.errors import NodeInterrupt
from langgraph.func import entrypoint, task
from langgraph.graph import END, START, StateGraph
from langgraph.graph.message import add_messages
from langgraph.prebuilt import ToolNode
from langgraph.runtime import Runtime
from langgraph.types import Send, interrupt

from tests.graphs import FAILING, State, effect


def chain(**nodes: Any) -> StateGraph[Any]:
    graph: StateGraph[Any] = StateGraph(State)
    last = START
    for name, node in nodes.items():
        graph.add_node(name, node)
        graph.add_edge(last, name)
        last = name
    graph.add_edge(last, END)
    return graph


def asker(question: str) -> Any:
    def ask(state: State) -> State:
        return {"answers": [f"{question}={interrupt(question)}"]}

    return ask


def doer(what: str) -> Any:
    def do(state: State, config: RunnableConfig) -> State:
        effect(config, [what, state.get("topic")])
        return {"answers": [what]}

    return do


# Several questions at once


def fans_out() -> StateGraph[Any]:
    """Fifty questions by Send."""

    def ask(item: dict[str, int]) -> State:
        return {"answers": [f"{item['n']}={interrupt({'n': item['n']})}"]}

    graph: StateGraph[Any] = StateGraph(State)
    graph.add_node("ask", ask)
    graph.add_conditional_edges(START, lambda _: [Send("ask", {"n": n}) for n in range(50)])
    graph.add_edge("ask", END)
    return graph


def each_of_three() -> StateGraph[Any]:
    """Three branches, whose answers need not wait for each other."""
    graph: StateGraph[Any] = StateGraph(State)
    for name in ("red", "green", "blue"):
        graph.add_node(name, asker(name))
        graph.add_edge(START, name)
        graph.add_edge(name, END)
    return graph


each_of_three.resumes = "each"  # type: ignore[attr-defined]


def acts_then_asks() -> StateGraph[Any]:
    """Has done something by the time it asks."""
    return chain(act=doer("act"), ask=asker("ask"))


def asks_in_a_loop() -> StateGraph[Any]:
    """Asks until it is told to stop."""

    def ask(state: State) -> State:
        return {"answers": [interrupt(f"round {len(state['answers'])}")]}

    graph: StateGraph[Any] = StateGraph(State)
    graph.add_node("ask", ask)
    graph.add_edge(START, "ask")
    graph.add_conditional_edges("ask", lambda s: END if s["answers"][-1] == "stop" else "ask")
    return graph


# Graphs within graphs


def three_deep() -> StateGraph[Any]:
    """Asks in a graph within a graph within a graph, beside another question."""
    third = chain(leaf=asker("deep")).compile()
    second = chain(third=third).compile()
    graph: StateGraph[Any] = StateGraph(State)
    graph.add_node("second", second)
    graph.add_node("beside", asker("beside"))
    for name in ("second", "beside"):
        graph.add_edge(START, name)
        graph.add_edge(name, END)
    return graph


def called_from_a_function() -> StateGraph[Any]:
    """A step calls a graph twice."""
    inner = chain(leaf=asker("leaf")).compile()

    async def call(state: State) -> State:
        first = await inner.ainvoke({"topic": "one"})
        second = await inner.ainvoke({"topic": "two"})
        return {"answers": [*first["answers"], *second["answers"]]}

    return chain(call=call)


def keeps_its_own_thread() -> StateGraph[Any]:
    """A graph within with checkpointer=True."""
    inner = chain(leaf=asker("own")).compile(checkpointer=True)
    return chain(inner=inner, after=doer("after"))


def keeps_no_checkpoints() -> StateGraph[Any]:
    """A graph within with checkpointer=False."""
    inner = chain(before=doer("before"), leaf=asker("none")).compile(checkpointer=False)
    return chain(inner=inner, after=doer("after"))


# The functional API


@task
async def ask_task(question: str) -> str:
    return f"{question}={interrupt(question)}"


@entrypoint()
async def functional(given: dict[str, Any], config: RunnableConfig) -> dict[str, Any]:
    """Asks one after the other, then two at once."""
    first = await ask_task("first")
    others = await asyncio.gather(ask_task("second"), ask_task("third"))
    effect(config, [first, *others])
    return {"answers": [first, *others]}


@entrypoint()
async def of_a_text(given: str) -> str:
    """Takes a text, not an object."""
    return f"{given}: {interrupt('Go on?')}"


# Tools


class Talk(TypedDict):
    messages: Annotated[list[AnyMessage], add_messages]


@tool
def pay(amount: int) -> str:
    """Pay."""
    return f"paid {amount}: {interrupt({'pay': amount})}"


@tool
def send(to: str) -> str:
    """Send."""
    return f"sent to {to}: {interrupt({'send': to})}"


def two_tools() -> StateGraph[Any]:
    """One ToolNode runs two tools that both ask."""

    def call(state: Talk) -> dict[str, Any]:
        calls = [
            {"name": "pay", "args": {"amount": 5}, "id": "a", "type": "tool_call"},
            {"name": "send", "args": {"to": "Ann"}, "id": "b", "type": "tool_call"},
        ]
        return {"messages": [AIMessage(content="", tool_calls=calls, id="m")]}

    graph: StateGraph[Any] = StateGraph(Talk)
    graph.add_node("call", call)
    graph.add_node("tools", ToolNode([pay, send]))
    graph.add_edge(START, "call")
    graph.add_edge("call", "tools")
    graph.add_edge("tools", END)
    return graph


# Breakpoints


def stops_before() -> Any:
    """Stops before it acts."""
    return chain(plan=doer("plan"), act=doer("act"), rest=doer("rest")).compile(
        interrupt_before=["act"]
    )


def stops_after() -> Any:
    """Stops after it planned."""
    return chain(plan=doer("plan"), act=doer("act")).compile(interrupt_after=["plan"])


def stops_everywhere() -> Any:
    """Stops before every step."""
    return chain(plan=doer("plan"), act=doer("act")).compile(interrupt_before="*")


def stops_within() -> Any:
    """Stops in a graph within a graph, beside a question."""
    inner = chain(first=doer("first"), second=doer("second")).compile(interrupt_before=["second"])
    graph: StateGraph[Any] = StateGraph(State)
    graph.add_node("inner", chain(deep=inner).compile())
    graph.add_node("beside", asker("beside"))
    for name in ("inner", "beside"):
        graph.add_edge(START, name)
        graph.add_edge(name, END)
    return graph.compile()


def stops_before_two() -> Any:
    """Stops before two steps that run at once."""
    graph: StateGraph[Any] = StateGraph(State)
    for name in ("one", "two"):
        graph.add_node(name, doer(name))
        graph.add_edge(START, name)
        graph.add_edge(name, END)
    return graph.compile(interrupt_before=["one"])


def stops_a_talk() -> Any:
    """Stops with messages in its state."""

    def say(state: Talk) -> dict[str, Any]:
        return {"messages": [AIMessage(content="Hello", id="m1")]}

    def count(state: Talk, config: RunnableConfig) -> None:
        effect(config, [type(message).__name__ for message in state["messages"]])

    graph: StateGraph[Any] = StateGraph(Talk)
    graph.add_node("say", say)
    graph.add_node("count", count)
    graph.add_edge(START, "say")
    graph.add_edge("say", "count")
    graph.add_edge("count", END)
    return graph.compile(interrupt_before=["count"])


def plain_steps() -> StateGraph[Any]:
    """Two steps, no breakpoint."""
    return chain(plan=doer("plan"), act=doer("act"))


def raises_node_interrupt() -> StateGraph[Any]:
    """LangGraph's old way to stop: the step complains until its state is changed."""

    def check(state: State) -> State:
        if len(state.get("topic", "")) > 3:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                raise NodeInterrupt(f"{state.get('topic')!r} is too long")
        return {"answers": ["fine"]}

    return chain(check=check, act=doer("act"))


# Pauses that cannot be kept


def asks_a_function() -> StateGraph[Any]:
    """Its payload fits no checkpoint."""

    def ask(state: State) -> State:
        return {"answers": [interrupt({"call": lambda: 1})]}

    return chain(ask=ask)


def asks_a_nul() -> StateGraph[Any]:
    """PostgreSQL keeps no such text at the top of a state."""

    def ask(state: State) -> State:
        return {"topic": "a\0b"}

    return chain(ask=ask)


def asks_beside_a_failure() -> StateGraph[Any]:
    """One branch asks, the other fails while its thread is in FAILING."""

    async def fail(state: State, config: RunnableConfig) -> State:
        # The other branch has asked by then.
        await asyncio.sleep(0.1)
        if config["configurable"]["thread_id"] in FAILING:
            raise RuntimeError("the bank is closed")
        return {"answers": ["paid"]}

    graph: StateGraph[Any] = StateGraph(State)
    graph.add_node("ask", asker("go"))
    graph.add_node("fail", fail)
    for name in ("ask", "fail"):
        graph.add_edge(START, name)
        graph.add_edge(name, END)
    return graph


def two_ask_and_one_fails() -> StateGraph[Any]:
    """Two branches ask; what one does with its answer fails while its thread is in FAILING.

    The other has no time to finish then.
    """

    async def calm(state: State, config: RunnableConfig) -> State:
        told = interrupt("calm")
        if config["configurable"]["thread_id"] in FAILING:
            await asyncio.sleep(60)
        effect(config, ["calm", told])
        return {"answers": [told]}

    return _two(calm, hasty)


def one_finishes_and_one_fails() -> StateGraph[Any]:
    """Two branches ask; one fails with its answer when the other is done with its own."""

    async def calm(state: State, config: RunnableConfig) -> State:
        told = interrupt("calm")
        effect(config, ["calm", told])
        return {"answers": [told]}

    async def late(state: State, config: RunnableConfig) -> State:
        interrupt("late")
        await asyncio.sleep(0.2)
        raise RuntimeError("the bank is closed")

    return _two(calm, late)


async def hasty(state: State, config: RunnableConfig) -> State:
    told = interrupt("hasty")
    if config["configurable"]["thread_id"] in FAILING:
        raise RuntimeError("the bank is closed")
    effect(config, ["hasty", told])
    return {"answers": [told]}


def _two(*nodes: Any) -> StateGraph[Any]:
    graph: StateGraph[Any] = StateGraph(State)
    for node in nodes:
        graph.add_node(node.__name__, node)
        graph.add_edge(START, node.__name__)
        graph.add_edge(node.__name__, END)
    return graph


def asks_again_after_failing() -> StateGraph[Any]:
    """Asks twice in one step, which fails after the first answer while its thread is in FAILING."""

    def ask(state: State, config: RunnableConfig) -> State:
        first = interrupt("first")
        if config["configurable"]["thread_id"] in FAILING:
            raise RuntimeError("the bank is closed")
        return {"answers": [first, interrupt("second")]}

    return chain(ask=ask)


def wants_an_object() -> StateGraph[Any]:
    """What it is answered must be an object; anything else breaks it."""

    def ask(state: State) -> State:
        return {"answers": [interrupt("Whom?")["name"]]}

    return chain(ask=ask, act=doer("act"))


# What the first call was given


class Given(TypedDict):
    region: str


def tells_what_it_was_given() -> StateGraph[Any]:
    """A sync and an async step, and the same in a graph within: each asks, then tells."""
    inner = _telling("inner").compile()
    graph = _telling("outer")
    graph.add_node("within", inner)
    graph.add_edge("outer_async", "within")
    graph.add_edge("within", END)
    return graph


def _telling(where: str) -> StateGraph[Any]:
    def tell(name: str, config: RunnableConfig, runtime: Runtime[Given]) -> State:
        told = {
            "step": name,
            "tenant": config["configurable"].get("tenant"),
            "region": runtime.context["region"],
            "tags": [tag for tag in config["tags"] if tag == "urgent"],
            "order": config["metadata"].get("order"),
            "limit": config["recursion_limit"],
        }
        effect(config, told)
        answer = interrupt(f"{name}?")
        if config["configurable"]["thread_id"] in FAILING:
            raise RuntimeError("not now")
        return {"answers": [told, answer]}

    def sync_step(state: State, config: RunnableConfig, runtime: Runtime[Given]) -> State:
        return tell(f"{where}_sync", config, runtime)

    async def async_step(state: State, config: RunnableConfig, runtime: Runtime[Given]) -> State:
        await asyncio.sleep(0)
        return tell(f"{where}_async", config, runtime)

    graph: StateGraph[Any] = StateGraph(State, context_schema=Given)
    graph.add_node(f"{where}_sync", sync_step)
    graph.add_node(f"{where}_async", async_step)
    graph.add_edge(START, f"{where}_sync")
    graph.add_edge(f"{where}_sync", f"{where}_async")
    if where == "inner":
        graph.add_edge("inner_async", END)
    return graph
