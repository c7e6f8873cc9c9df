"""Workers killed at random moments, while people answer."""

from __future__ import annotations

from typing import Any

from tests.chaos import crew
from tests.chaos.load import Load
from tests.chaos.verdict import Broken, insist, judge, settle

SHORT, LONG = 40, 1_000
LIVES = crew.Lives(moments=120)
"""A pass has a dozen; six runs are moved at a time."""
PATIENCE_SECONDS = 15
"""For each kill, on a busy machine."""

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
        settle()
    finally:
        load.end()
        for each in crews:
            each.end()
    counts = {"kills": killed, "given_to_a_person": load.retries} | judge(load.acknowledged)
    insist(counts)
    if killed < size or len(load.acknowledged) < size * 9 // 10:
        raise Broken(f"too little happened to prove anything: {counts}")
    return counts


def _await_kills(crews: list[crew.Crew], *, size: int) -> int:
    """Crews kill on their own; each reports when it has no kill left."""
    return sum(each.await_kills(seconds=PATIENCE_SECONDS * size // CREWS) for each in crews)
