"""Workers killed at random moments, while people answer."""

from __future__ import annotations

import time
from typing import Any

from tests.chaos import crew
from tests.chaos.load import Load
from tests.chaos.verdict import insist, judge, settle

SHORT, LONG = 40, 1_000
LIVES = (0.25, 1.6)
"""Seconds. A worker needs a quarter to take its first job."""

CREWS = 2


def run(*, size: int, seed: int) -> dict[str, Any]:
    """`size` kills, shared by two workers, and nine tenths as many decisions at least."""
    crews = [
        crew.hire(
            crew.lead_a_workers_life, kills=size // CREWS, seed=f"{seed}-{number}", lives=LIVES
        )
        for number in range(CREWS)
    ]
    load = Load(decisions=10 * size, seed=seed)
    load.start()
    killed = 0
    try:
        killed = _await_kills(crews, size=size)
        load.wind_down()
        seconds = settle()
    finally:
        load.end()
        for each in crews:
            each.end()
    counts = {"kills": killed, "settled_after_seconds": round(seconds, 1)} | judge(
        load.acknowledged
    )
    insist(counts)
    return counts


def _await_kills(crews: list[crew.Crew], *, size: int) -> int:
    """Crews kill on their own; each reports when it has no kill left."""
    time.sleep(size // CREWS * sum(LIVES) / 2)
    return sum(each.stop_killing() for each in crews)
