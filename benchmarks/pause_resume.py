"""Pause + resume through the whole product against the bare graph, in one process and one run.

    .venv/bin/python benchmarks/pause_resume.py [--runs 200] [--concurrency 10]

Both sides run the same graph (plan, propose, gate, execute) with the same saver, pool, serializer
and durability on the same PostgreSQL. The bare side only invokes and resumes. The product's side
is a worker that fetches jobs, takes leases, drives, records rows, audit entries and news; what a
web process does (start, decide) is timed apart, since it runs elsewhere. Prints one JSON line.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypedDict
from uuid import uuid4

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "langvel_site.settings")
os.environ["LANGVEL_AGENTS"] = '{"bench": "benchmarks.pause_resume.build_graph"}'


class State(TypedDict, total=False):
    text: str
    plan: str
    proposal: str
    answer: str


def build_graph() -> Any:
    """Four nodes, the third one asks."""
    from langgraph.graph import END, START, StateGraph
    from langgraph.types import interrupt

    async def plan(state: State) -> State:
        return {"plan": state["text"][:200]}

    async def propose(state: State) -> State:
        return {"proposal": state["text"][::-1]}

    async def gate(state: State) -> State:
        return {"answer": interrupt({"question": "Go on?", "proposal": state["proposal"][:80]})}

    async def execute(state: State) -> State:
        return {"plan": "done"}

    graph = StateGraph(State)
    last = START
    for node in (plan, propose, gate, execute):
        graph.add_node(node.__name__, node)
        graph.add_edge(last, node.__name__)
        last = node.__name__
    graph.add_edge(last, END)
    return graph


TEXT = {"text": "The customer asks for a refund of 129.90 EUR for order 10023. " * 16}


async def each(count: int, concurrency: int, work: Callable[[int], Awaitable[Any]]) -> float:
    """Seconds for `count` calls, `concurrency` at a time."""
    gate = asyncio.Semaphore(concurrency)

    async def one(number: int) -> None:
        async with gate:
            await work(number)

    began = time.perf_counter()
    await asyncio.gather(*(one(number) for number in range(count)))
    return time.perf_counter() - began


async def bare(count: int, concurrency: int) -> dict[str, float]:
    from langgraph.types import Command

    from agents.saver import FencedSaver, create_tables, open_pool
    from approvals.database import conninfo

    pool = open_pool(conninfo(), max_size=concurrency + 1)
    await pool.open()
    await create_tables(pool)
    compiled = build_graph().compile()
    threads = [str(uuid4()) for _ in range(count)]
    questions: dict[int, str] = {}

    def graph() -> Any:
        return compiled.copy({"checkpointer": FencedSaver(pool)})

    def config(number: int) -> Any:
        return {"configurable": {"thread_id": threads[number]}}

    async def pause(number: int) -> None:
        result = await graph().ainvoke(TEXT, config(number), durability="sync")
        questions[number] = result["__interrupt__"][0].id

    async def resume(number: int) -> None:
        answer = Command(resume={questions[number]: "yes"})
        await graph().ainvoke(answer, config(number), durability="sync")

    paused = await each(count, concurrency, pause)
    resumed = await each(count, concurrency, resume)
    await pool.close()
    return {"pause": paused, "resume": resumed}


async def product(count: int, concurrency: int) -> dict[str, float]:
    from procrastinate.contrib.django import app

    from approvals import tasks
    from approvals.database import in_database
    from approvals.driving.drive import Driver

    driver = await Driver.open(concurrency=concurrency)
    tasks.use_driver(driver)
    worker_app = app.with_connector(app.connector.get_worker_connector())

    async def work() -> float:
        began = time.perf_counter()
        await worker_app.run_worker_async(
            queues=["runs"], concurrency=concurrency, wait=False, install_signal_handlers=False
        )
        return time.perf_counter() - began

    async with worker_app.open_async():
        started = await in_database(start_all, count)
        paused = await work()
        decided = await in_database(decide_all)
        resumed = await work()
    await driver.close()
    await in_database(check_all_done, count)
    return {"start": started, "pause": paused, "decide": decided, "resume": resumed}


def people() -> tuple[Any, Any]:
    from django.contrib.auth.models import Group, User

    alice, _ = User.objects.get_or_create(username="bench-alice")
    bob, _ = User.objects.get_or_create(username="bench-bob")
    alice.groups.set(Group.objects.filter(name="requesters"))
    bob.groups.set(Group.objects.filter(name="reviewers"))
    return alice, bob


def start_all(count: int) -> float:
    from approvals.services.runs import start_run

    alice, _ = people()
    began = time.perf_counter()
    for _ in range(count):
        start_run(agent_key="bench", input=TEXT, requested_by=alice, via="api")
    return time.perf_counter() - began


def decide_all() -> float:
    from approvals.models import Interrupt
    from approvals.services.decisions import decide

    _, bob = people()
    questions = list(Interrupt.objects.pending().filter(agent="bench"))
    began = time.perf_counter()
    for question in questions:
        decide(
            question.pk,
            actor=bob,
            version=question.version,
            digest=question.digest,
            decisions=[{"type": "respond", "value": "yes"}],
            via="api",
            auth_method="token",
        )
    return time.perf_counter() - began


def check_all_done(count: int) -> None:
    from approvals.models import Run

    done = Run.objects.filter(agent="bench", status="success").count()
    if done % count:
        raise SystemExit(f"{done} runs finished, which is no multiple of {count}: nothing measured")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--concurrency", type=int, default=10)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    folder = tempfile.TemporaryDirectory(prefix="langvel-bench-")
    os.environ.setdefault("LANGVEL_DATA_DIR", folder.name)

    import django
    from django.core.management import call_command

    django.setup()
    from agents import registry
    from approvals.services.agents import publish

    call_command("migrate", verbosity=0)
    publish([registry.load("bench")])
    rounds = []
    for _ in range(options.rounds):
        plain = asyncio.run(bare(options.runs, options.concurrency))
        whole = asyncio.run(product(options.runs, options.concurrency))
        rounds.append((plain, whole))
    print(json.dumps(summary(rounds, options)))


def summary(rounds: list[tuple[dict[str, float], dict[str, float]]], options: Any) -> Any:
    """Median rates a second, and the median of each round's ratio."""

    def middle(values: list[float]) -> float:
        return sorted(values)[len(values) // 2]

    def cycle(times: dict[str, float]) -> float:
        return times["pause"] + times["resume"]

    return {
        "benchmark": "pause_resume",
        "runs": options.runs,
        "concurrency": options.concurrency,
        "rounds": options.rounds,
        "bare_cycles_per_second": round(
            middle([options.runs / cycle(plain) for plain, _ in rounds]), 1
        ),
        "product_cycles_per_second": round(
            middle([options.runs / cycle(whole) for _, whole in rounds]), 1
        ),
        "ratio": round(middle([cycle(plain) / cycle(whole) for plain, whole in rounds]), 3),
        "ratio_pause": round(middle([p["pause"] / w["pause"] for p, w in rounds]), 3),
        "ratio_resume": round(middle([p["resume"] / w["resume"] for p, w in rounds]), 3),
        "starts_per_second": round(middle([options.runs / w["start"] for _, w in rounds]), 1),
        "decisions_per_second": round(middle([options.runs / w["decide"] for _, w in rounds]), 1),
        "python": platform.python_version(),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
    }


if __name__ == "__main__":
    main()
