"""What reconcile costs, and how fast it heals what crashes left behind.

    .venv/bin/python benchmarks/reconcile.py [--torn 1000] [--waiting 10000]

Tears threads in each way in which a killed worker leaves one: never started, stopped between two
steps, paused with no question stored, finished with nothing recorded, answered with the job lost.
Then one worker reconciles and drives until nothing is left unexplained. Beside them wait questions
that nothing is wrong with; for those it is measured what one reconcile and one look around cost.
Prints one JSON line.
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
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "langvel_site.settings")
os.environ["LANGVEL_AGENTS"] = '{"bench": "benchmarks.pause_resume.build_graph"}'

from benchmarks.pause_resume import TEXT, build_graph, decide_all, each, people, start_all  # noqa: E402

CONCURRENCY = 10
WAYS = ("never started", "between two steps", "paused", "finished", "answered")
AS_IT_SHOULD_BE = {
    "never started": ("interrupted", "pending"),
    "between two steps": ("interrupted", "pending"),
    "paused": ("interrupted", "pending"),
    "finished": ("success", None),
    "answered": ("success", "applied"),
}


def torn_runs(count: int, way: str) -> list[Any]:
    """Rows as a worker leaves them that dies in its first pass."""
    from approvals.models import Run

    alice, _ = people()
    status = "pending" if way == "never started" else "running"
    return Run.objects.bulk_create(
        Run(
            agent_id="bench",
            agent_version="",
            thread_id=str(uuid4()),
            status=status,
            input=TEXT,
            requested_by=alice,
            lease_token=None if status == "pending" else uuid4(),
            attempts=0 if status == "pending" else 1,
            metadata={"way": way},
        )
        for _ in range(count)
    )


async def leave_threads(runs: list[Any], way: str) -> None:
    """Checkpoints as such a worker leaves them."""
    from langgraph.types import Command

    from agents.config import RunConfig
    from agents.saver import FencedSaver, create_tables, open_pool
    from approvals.database import conninfo

    compiled = build_graph().compile()
    async with open_pool(conninfo(), max_size=CONCURRENCY + 1) as pool:
        await create_tables(pool)

        async def leave(number: int) -> None:
            run = runs[number]
            config = RunConfig(thread_id=run.thread_id, mark=run.pk).as_langgraph()
            graph = compiled.copy({"checkpointer": FencedSaver(pool)})
            stop = ["propose"] if way == "between two steps" else None
            result = await graph.ainvoke(TEXT, config, durability="sync", interrupt_before=stop)
            if way == "finished":
                answer = Command(resume={result["__interrupt__"][0].id: "yes"})
                await graph.ainvoke(answer, config, durability="sync")

        await each(len(runs), CONCURRENCY, leave)


def tear(count: int) -> None:
    from django.db import connection

    from approvals.models import Run

    share = count // len(WAYS)
    start_all(share)
    asyncio.run(work())
    decide_all()
    Run.objects.update(metadata={"way": "answered"})
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs")
    for way in WAYS[:-1]:
        runs = torn_runs(share, way)
        if way != "never started":
            asyncio.run(leave_threads(runs, way))
    Run.objects.update(updated_at="2001-01-01T00:00Z")


async def work() -> None:
    """A worker, until the queue is empty."""
    from procrastinate.contrib.django import app

    from approvals import tasks
    from approvals.driving.drive import Driver

    driver = await Driver.open(concurrency=CONCURRENCY)
    tasks.use_driver(driver)
    worker_app = app.with_connector(app.connector.get_worker_connector())
    async with worker_app.open_async():
        await worker_app.run_worker_async(
            queues=["runs"], concurrency=CONCURRENCY, wait=False, install_signal_handlers=False
        )
    await driver.close()


def heal() -> float:
    from approvals.driving.reconcile import reconcile

    began = time.perf_counter()
    while reconcile(grace_seconds=0):
        asyncio.run(work())
    return time.perf_counter() - began


def check_healed() -> None:
    from approvals.models import Run

    for run in Run.objects.all():
        question = run.interrupts.first()
        stands = (run.status, question.status if question else None)
        if stands != AS_IT_SHOULD_BE[run.metadata["way"]]:
            raise SystemExit(f"run {run.pk} ({run.metadata['way']}) stands at {stands}")


def rows() -> tuple[Any, ...]:
    """Everything a second reconcile might change."""
    from approvals.models import AuditEntry, Interrupt, Run

    return (
        list(Run.objects.order_by("pk").values_list("pk", "status", "updated_at")),
        list(Interrupt.objects.order_by("pk").values_list("pk", "version", "updated_at")),
        AuditEntry.objects.count(),
    )


def add_waiting(count: int) -> None:
    """Copies of one run that waits, with its thread and its question."""
    from django.db import connection

    from approvals.models import Run

    run = next(run for run in Run.objects.all() if run.metadata["way"] == "paused")
    copies = [
        ("approvals_run", "id", run.pk, {"thread_id": "'copy-' || number", "id": None}),
        (
            "approvals_interrupt",
            "run_id",
            run.pk,
            {
                "id": None,
                "run_id": "(SELECT id FROM approvals_run WHERE thread_id = 'copy-' || number)",
            },
        ),
        ("checkpoints", "thread_id", run.thread_id, {"thread_id": "'copy-' || number"}),
        ("checkpoint_writes", "thread_id", run.thread_id, {"thread_id": "'copy-' || number"}),
    ]
    with connection.cursor() as cursor:
        for table, key, value, other in copies:
            cursor.execute(
                "SELECT column_name FROM information_schema.columns"
                " WHERE table_name = %s AND is_generated = 'NEVER'",
                [table],
            )
            names = [name for (name,) in cursor.fetchall()]
            kept = [name for name in names if other.get(name, "") is not None]
            values = ", ".join(other.get(name) or f'"{name}"' for name in kept)
            columns = ", ".join(f'"{name}"' for name in kept)
            cursor.execute(
                f"INSERT INTO {table} ({columns}) SELECT {values}"
                f" FROM generate_series(1, %s) AS number, {table} WHERE {table}.{key} = %s",
                [count, value],
            )
        cursor.execute("ANALYZE")


def milliseconds(function: Callable[[], object]) -> float:
    """The median of seven."""
    times = []
    for _ in range(7):
        began = time.perf_counter()
        function()
        times.append(time.perf_counter() - began)
    return round(sorted(times)[3] * 1000, 1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--torn", type=int, default=1_000)
    parser.add_argument("--waiting", type=int, default=10_000)
    options = parser.parse_args()
    folder = tempfile.TemporaryDirectory(prefix="langvel-bench-")
    os.environ.setdefault("LANGVEL_DATA_DIR", folder.name)

    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)
    print(json.dumps(measure(options)))


def measure(options: argparse.Namespace) -> dict[str, Any]:
    from agents import registry
    from approvals.driving.looking import look_around, look_at_slice
    from approvals.driving.reconcile import reconcile
    from approvals.services.agents import publish

    publish([registry.load("bench")])
    tear(options.torn)
    seconds = heal()
    check_healed()
    before = rows()
    again, after = reconcile(grace_seconds=0), rows()
    add_waiting(options.waiting)
    return {
        "benchmark": "reconcile",
        "torn": options.torn,
        "healed_seconds": round(seconds, 1),
        "second_run_found": len(again),
        "second_run_changed_rows": before != after,
        "waiting": options.waiting,
        "reconcile_ms": milliseconds(lambda: reconcile(grace_seconds=0, thorough=False)),
        "reconcile_thorough_ms": milliseconds(lambda: reconcile(grace_seconds=0)),
        "look_slice_ms": milliseconds(look_at_slice),
        "look_around_ms": milliseconds(look_around),
        "python": platform.python_version(),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
    }


if __name__ == "__main__":
    main()
