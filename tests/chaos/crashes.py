"""PostgreSQL stopped at once (SIGQUIT: no checkpoint, no goodbye) while people answer."""

from __future__ import annotations

import os
import random
import signal
import time
from pathlib import Path
from typing import Any

from django.conf import settings

from tests.chaos import crew
from tests.chaos.load import Load
from tests.chaos.verdict import insist, judge, settle

SHORT, LONG = 2, 40
DECISIONS_PER_CRASH = {SHORT: 60}
"""At full length 500: 20,000 acknowledged decisions in forty crashes."""


def run(*, size: int, seed: int) -> dict[str, Any]:
    each_time = DECISIONS_PER_CRASH.get(size, 500)
    workers = [crew.hire(crew.lead_a_workers_life) for _ in range(2)]
    load = Load(decisions=size * each_time, seed=seed, width=48, people=4)
    load.start()
    chance = random.Random(seed)
    crashes = 0
    try:
        for number in range(size):
            _until_answered(load, (number + 0.5) * each_time)
            time.sleep(chance.uniform(0, 0.5))
            _crash()
            crashes += 1
        _until_answered(load, size * each_time)
        load.wind_down()
        settle()
    finally:
        load.end()
        for worker in workers:
            worker.end()
    counts = {"crashes": crashes, "outages_seen": load.outages} | judge(load.acknowledged)
    insist(counts)
    return counts


def _until_answered(load: Load, count: float, *, seconds: float = 600) -> None:
    deadline = time.monotonic() + seconds
    while len(load.acknowledged) < count and time.monotonic() < deadline:
        time.sleep(0.05)


def _crash() -> None:
    """Its keeper starts it again."""
    data = Path(settings.EMBEDDED.data)
    os.kill(int((data / "postmaster.pid").read_text().split()[0]), signal.SIGQUIT)
