"""What a langvel graph costs over the same graph written by hand in LangGraph, in one run.

    .venv/bin/python benchmarks/langvel_overhead.py [--cycles 400] [--batch 2]

A cycle is a run from its input to the gate, and on from a decision to its end. Four kinds of it
take turns in small batches, each batch in another order, in one process on one PostgreSQL, with
the same saver, pool, serializer and durability:

    by_hand   LangGraph's StateGraph over the same state model, with a node that calls interrupt()
    unchecked the same over a TypedDict, which nothing validates
    graph     the graph langvel compiles, driven in the same way: ainvoke, Command(resume=…)
    agent     Agent.invoke and Agent.resume, which also lock the thread across processes and look
              where it stands before and after

All have the same steps and fields, write the same values and ask with the same payload.
Prints one JSON line: the median batch's wall clock and CPU time of this process, in milliseconds a
cycle, and the median of the ratios between batches of the same turn, which a busy machine disturbs
least, with the quartiles between which half of the turns lie. Where they are far apart the machine
was too busy to tell.

In one file, though long: the three graphs that must be the same stand under each other.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import operator
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path
from statistics import median, quantiles
from typing import Annotated, Any, TypedDict
from uuid import uuid4

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "langvel_site.settings")

from langgraph.graph import END, START, StateGraph  # noqa: E402
from langgraph.graph.message import AnyMessage, add_messages  # noqa: E402
from langgraph.types import Command, interrupt  # noqa: E402

from langvel.core.agent import Agent  # noqa: E402
from langvel.exceptions import WorkflowPaused  # noqa: E402
from langvel.routing.builder import GraphBuilder  # noqa: E402
from langvel.state.base import StateModel  # noqa: E402

TEXT = "The customer asks for a refund of 129.90 EUR for order 10023. " * 16
INPUT = {"text": TEXT, "amount": 129.9}
DECISION = {"type": "approve", "by": "bob"}
Cycle = Callable[[], Awaitable[None]]


class Refund(StateModel):
    text: str
    amount: float
    plan: str = ""
    proposal: str = ""
    log: Annotated[list[str], operator.add] = []


class Refunds(Agent):
    state_model = Refund
    checkpointer = "postgres"

    def build_graph(self) -> GraphBuilder:
        return (
            self.start()
            .then(self.plan)
            .then(self.propose)
            .interrupt(title="Go on?")
            .then(self.execute)
            .end()
        )

    async def plan(self, state: Refund) -> Refund:
        state.plan = state.text[:200]
        state.log.append("planned")
        return state

    async def propose(self, state: Refund) -> Refund:
        state.proposal = state.text[::-1]
        state.log.append("proposed")
        return state

    async def execute(self, state: Refund) -> Refund:
        state.log.append("executed")
        return state


class ByHand(TypedDict, total=False):
    """The fields of Refund, those of StateModel included."""

    messages: Annotated[list[AnyMessage], add_messages]
    context: dict[str, Any]
    metadata: dict[str, Any]
    next_step: str | None
    error: str | None
    approved: bool
    approved_by: str | None
    approved_at: datetime | None
    approval_time: datetime | None
    approval_ip: str | None
    approval_notes: str | None
    rejected: bool
    rejected_by: str | None
    rejection_reason: str | None
    text: str
    amount: float
    plan: str
    proposal: str
    log: Annotated[list[str], operator.add]


EDITABLE = ("text", "amount", "plan", "proposal", "log")
SCHEMA = Refunds.input_schema()
DEFAULTS = {name: getattr(Refund(**INPUT), name) for name in Refund.model_fields}


def by_hand() -> Any:
    """With the agent's own state model, which LangGraph validates ahead of every node."""

    async def plan(state: Refund) -> dict[str, Any]:
        return {"plan": state.text[:200], "log": ["planned"]}

    async def propose(state: Refund) -> dict[str, Any]:
        return {"proposal": state.text[::-1], "log": ["proposed"]}

    async def gate(state: Refund) -> dict[str, Any]:
        return asked(state.model_dump(mode="json"))

    async def execute(state: Refund) -> dict[str, Any]:
        return {"log": ["executed"]}

    return chained(Refund, plan, propose, gate, execute)


def by_hand_unchecked() -> Any:
    """With a TypedDict, which nothing validates."""

    async def plan(state: ByHand) -> ByHand:
        return {"plan": state["text"][:200], "log": ["planned"]}

    async def propose(state: ByHand) -> ByHand:
        return {"proposal": state["text"][::-1], "log": ["proposed"]}

    async def gate(state: ByHand) -> dict[str, Any]:
        return asked(dict(state))

    async def execute(state: ByHand) -> ByHand:
        return {"log": ["executed"]}

    return chained(ByHand, plan, propose, gate, execute)


def asked(values: dict[str, Any]) -> dict[str, Any]:
    args = {name: values[name] for name in EDITABLE}
    action = {"name": "execute", "args": args, "schema": SCHEMA}
    answer = interrupt({"title": "Go on?", "action": action, "state": values})
    if answer["type"] != "approve":
        raise ValueError(answer)
    now = datetime.now()
    return {
        "approved": True,
        "approved_by": answer["by"],
        "approved_at": now,
        "approval_time": now,
        "approval_notes": None,
        "rejected": False,
        "rejected_by": None,
        "rejection_reason": None,
    }


def chained(schema: Any, *nodes: Any) -> Any:
    graph = StateGraph(schema)
    last = START
    for node in nodes:
        graph.add_node(node.__name__, node)
        graph.add_edge(last, node.__name__)
        last = node.__name__
    graph.add_edge(last, END)
    return graph


def thread() -> Any:
    return {"configurable": {"thread_id": uuid4().hex}}


def driven(graph: Any, begin: Callable[[], Any]) -> Cycle:
    """One cycle as a program that drives a compiled graph goes through it."""

    async def cycle() -> None:
        config = thread()
        paused = await graph.ainvoke(begin(), config, durability="sync")
        answer = Command(resume={paused["__interrupt__"][0].id: DECISION})
        done = await graph.ainvoke(answer, config, durability="sync")
        check(done)

    return cycle


def called(agent: Agent) -> Cycle:
    async def cycle() -> None:
        config = thread()
        try:
            await agent.invoke(INPUT, config)
        except WorkflowPaused:
            check(await agent.resume(config, DECISION))

    return cycle


def check(done: Any) -> None:
    if done["log"] != ["planned", "proposed", "executed"] or done["approved_by"] != "bob":
        raise SystemExit(f"A cycle went wrong, so nothing was measured: {done}")


async def measure(kinds: dict[str, Cycle], *, cycles: int, batch: int) -> dict[str, Any]:
    """Seconds a cycle, wall clock and CPU, of every batch of each kind."""
    for cycle in kinds.values():
        for _ in range(batch):
            await cycle()
    found: dict[str, Any] = {name: {"wall": [], "cpu": []} for name in kinds}
    names = list(kinds)
    for turn in range(cycles // batch):
        for name in names[turn % len(names) :] + names[: turn % len(names)]:
            wall, cpu = time.perf_counter(), time.process_time()
            for _ in range(batch):
                await kinds[name]()
            found[name]["wall"].append((time.perf_counter() - wall) / batch)
            found[name]["cpu"].append((time.process_time() - cpu) / batch)
    return found


def import_seconds(module: str, *, times: int = 5) -> float:
    """Median CPU seconds to import a module in a process of its own."""
    code = f"import time; t = time.process_time(); import {module}; print(time.process_time() - t)"
    run = [sys.executable, "-c", code]
    return median(
        float(subprocess.run(run, cwd=ROOT, capture_output=True, text=True, check=True).stdout)
        for _ in range(times)
    )


def summary(found: dict[str, Any], options: argparse.Namespace) -> dict[str, Any]:
    milliseconds = {
        f"{name}_{clock}_ms": round(median(times[clock]) * 1000, 2)
        for name, times in found.items()
        for clock in ("wall", "cpu")
    }
    ratios: dict[str, Any] = {}
    for name, base in (("graph", "by_hand"), ("graph", "unchecked"), ("agent", "by_hand")):
        for clock in ("wall", "cpu"):
            pairs = [a / b for a, b in zip(found[name][clock], found[base][clock], strict=True)]
            low, middle, high = quantiles(pairs, n=4)
            ratio = f"{name}_by_{base}_{clock}"
            ratios[ratio] = round(middle, 3)
            ratios[f"{ratio}_quartiles"] = [round(low, 3), round(high, 3)]
    ours, theirs = import_seconds("langvel.core.agent"), import_seconds("langgraph.graph")
    return {
        "benchmark": "langvel_overhead",
        "cycles": options.cycles,
        "batch": options.batch,
        **milliseconds,
        **ratios,
        "import_ratio": round(ours / theirs, 3),
        "import_s": round(ours, 2),
        "python": platform.python_version(),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
        "load": round(os.getloadavg()[0], 1),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cycles", type=int, default=400)
    parser.add_argument("--batch", type=int, default=2)
    options = parser.parse_args()
    folder = tempfile.TemporaryDirectory(prefix="langvel-bench-")
    os.environ.setdefault("LANGVEL_DATA_DIR", folder.name)

    import django

    django.setup()
    from approvals.database import conninfo
    from langvel.state import checkpointers

    os.environ["DATABASE_URL"] = conninfo()
    agent = Refunds()
    saver = checkpointers.postgres()
    kinds = {
        "by_hand": driven(by_hand().compile(checkpointer=saver), lambda: DEFAULTS),
        "unchecked": driven(by_hand_unchecked().compile(checkpointer=saver), lambda: DEFAULTS),
        "graph": driven(agent.compile(saver), lambda: Refunds.prepare_input(INPUT)),
        "agent": called(agent),
    }
    found = asyncio.run(measure(kinds, cycles=options.cycles, batch=options.batch))
    print(json.dumps(summary(found, options)))


if __name__ == "__main__":
    main()
