"""How long a run stands still when its worker is killed: from SIGKILL to the same step elsewhere.

    .venv/bin/python benchmarks/takeover.py [--kills 20]

Two workers (`manage.py worker`), one run after the other. Its step says which process it runs in and
takes as long as that process lives; after a random while the process is killed, and the time counts
until the step has begun in another one. Whoever was killed is replaced. Prints one JSON line.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypedDict

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
FOLDER = "LANGVEL_TAKEOVER_FOLDER"
WORKERS = 2
BEFORE_KILL = (0.5, 5.0)
PATIENCE = 120.0


class State(TypedDict, total=False):
    number: int


def build_graph() -> Any:
    """One step, which ends only where it is begun for the second time."""
    import asyncio

    from langgraph.graph import END, START, StateGraph

    async def step(state: State) -> None:
        begun = Path(os.environ[FOLDER]) / f"run-{state['number']}"
        is_again = begun.exists()
        with begun.open("a") as file:
            file.write(f"{os.getpid()}\n")
        if not is_again:
            await asyncio.sleep(3_600)

    graph = StateGraph(State)
    graph.add_node("step", step)
    graph.add_edge(START, "step")
    graph.add_edge("step", END)
    return graph


def wait_for(condition: Callable[[], Any], *, what: str) -> Any:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if found := condition():
            return found
        time.sleep(0.01)
    raise SystemExit(f"waited {PATIENCE:.0f} seconds for {what}")


def hire() -> subprocess.Popen[str]:
    worker = subprocess.Popen(
        [sys.executable, str(ROOT / "manage.py"), "worker"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert worker.stdout is not None
    if not worker.stdout.readline():
        raise SystemExit("a worker did not start")
    return worker


def processes(run: Path) -> list[int]:
    """In which processes the step has begun, in order."""
    return [int(line) for line in run.read_text().splitlines()] if run.exists() else []


def requester() -> Any:
    from django.contrib.auth.models import Group, User

    user, _ = User.objects.get_or_create(username="takeover")
    user.groups.set(Group.objects.filter(name="requesters"))
    return user


def kill_and_watch(
    number: int, workers: dict[int, subprocess.Popen[str]], chance: random.Random
) -> float:
    from approvals.services.runs import start_run

    run = Path(os.environ[FOLDER]) / f"run-{number}"
    start_run(agent_key="takeover", input={"number": number}, requested_by=requester(), via="api")
    [pid] = wait_for(lambda: processes(run), what="the step to begin")
    time.sleep(chance.uniform(*BEFORE_KILL))
    os.kill(pid, signal.SIGKILL)
    killed = time.monotonic()
    wait_for(lambda: len(processes(run)) == 2, what="another worker")
    seconds = time.monotonic() - killed
    workers.pop(pid).wait()
    replacement = hire()
    workers[replacement.pid] = replacement
    return seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=random.randrange(10_000))
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="langvel-bench-") as folder:
        os.environ |= {
            "DJANGO_SETTINGS_MODULE": "langvel_site.settings",
            "LANGVEL_DATA_DIR": folder,
            "LANGVEL_AGENTS": '{"takeover": "benchmarks.takeover.build_graph"}',
            FOLDER: folder,
        }
        os.environ.pop("DATABASE_URL", None)
        print(json.dumps(measure(options)))


def measure(options: argparse.Namespace) -> dict[str, Any]:
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)
    hired = [hire() for _ in range(WORKERS)]
    workers = {worker.pid: worker for worker in hired}
    chance = random.Random(options.seed)
    try:
        times = sorted(kill_and_watch(number, workers, chance) for number in range(options.kills))
    finally:
        for worker in workers.values():
            worker.kill()
        for worker in workers.values():
            worker.wait()
    return {
        "benchmark": "takeover",
        "kills": options.kills,
        "seed": options.seed,
        "seconds_p50": round(times[len(times) // 2], 2),
        "seconds_p95": round(times[int(len(times) * 0.95)], 2),
        "seconds_most": round(times[-1], 2),
        "python": platform.python_version(),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
    }


if __name__ == "__main__":
    main()
