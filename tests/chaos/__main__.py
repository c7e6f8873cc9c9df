from __future__ import annotations

import argparse
import importlib
import json
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from secrets import randbelow
from typing import Any

from tests.chaos.ground import ground, lay

SCENARIOS = (
    "worker-kills",
    "web-kills",
    "crashes",
    "zombies",
    "failpoints",
    "races",
    "protocol",
)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("scenarios", nargs="*", metavar="SCENARIO", help=", ".join(SCENARIOS))
    parser.add_argument("--seed", type=int, default=randbelow(10**6))
    parser.add_argument("--size", type=int, help="how often (default: the scenario's own)")
    parser.add_argument("--long", action="store_true", help="each scenario at full length")
    parser.add_argument("--ground", type=Path, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if unknown := set(chosen.scenarios) - set(SCENARIOS):
        parser.error(f"no scenario {min(unknown)!r}; there are {', '.join(SCENARIOS)}")
    names = chosen.scenarios or SCENARIOS
    if len(names) == 1:
        return 0 if _holds(names[0], chosen) else 1
    # In short the scenarios wait more than they work: two of them share the time.
    with lay() as laid, ThreadPoolExecutor(1 if chosen.long else 2) as lanes:
        return sum(lanes.map(lambda name: _fails_apart(name, chosen, laid), names))


def _fails_apart(name: str, chosen: argparse.Namespace, laid: Path) -> int:
    """In a process of its own, for Django is set up once in a process, and so with one database."""
    options = [name, f"--seed={chosen.seed}", f"--ground={laid}"]
    options += ["--long"] if chosen.long else []
    if chosen.size is not None:
        options.append(f"--size={chosen.size}")
    return int(subprocess.run([sys.executable, "-m", "tests.chaos", *options]).returncode != 0)


def _holds(name: str, chosen: argparse.Namespace) -> bool:
    """Run one scenario on fresh ground and print what it found."""
    began = time.monotonic()
    with ground(chosen.ground):
        verdict = importlib.import_module("tests.chaos.verdict")
        scenario = importlib.import_module(f"tests.chaos.{name.replace('-', '_')}")
        said = {"scenario": name, "seed": chosen.seed}
        try:
            said |= scenario.run(
                size=_size(scenario, chosen.size, long=chosen.long), seed=chosen.seed
            )
        except verdict.Broken as broken:
            said["broken"] = str(broken)
        print(json.dumps(said | {"seconds": round(time.monotonic() - began, 1)}), flush=True)
    return "broken" not in said


def _size(scenario: Any, size: int | None, *, long: bool) -> int:
    if size is not None:
        return size
    return int(scenario.LONG if long else scenario.SHORT)


if __name__ == "__main__":
    sys.exit(main())
