from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.guards.guards import GUARDS, Guard

_HOLD = """
import sys, pytest, django
django.setup()
from django.db import connection
connection.ensure_connection()
sys.stdin.read()
"""
ROOT = Path(__file__).parents[2]
FAILED_TESTS = 1
"""pytest's exit code when tests ran and some failed; any other says that they could not run."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.guards", description=__doc__)
    parser.add_argument("words", nargs="*", help="only guards with one of these in their name")
    words = parser.parse_args().words
    chosen = [one for one in GUARDS if not words or any(word in one.name for word in words)]
    with _copy() as tree:
        bad = 0
        if failed := _baseline(tree, chosen):
            print(f"These fail with every guard in place:\n{failed}")
            return 1
        for guard in chosen:
            began = time.monotonic()
            verdict = _try_without(tree, guard)
            bad += verdict != "red"
            seconds = time.monotonic() - began
            print(f"{guard.promise}  {guard.name:<46} {verdict:<12} {seconds:5.1f} s", flush=True)
    print(f"{len(chosen) - bad} of {len(chosen)} guards are tested")
    return int(bad > 0)


@contextmanager
def _copy() -> Iterator[Path]:
    """The tree as it stands, with the PostgreSQL of its own that lasts from test to test."""
    with tempfile.TemporaryDirectory(prefix="guards-", dir="/tmp") as folder:
        tree = Path(folder) / "tree"
        listed = subprocess.run(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            cwd=ROOT,
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        for name in filter(None, listed.split("\0")):
            if (ROOT / name).is_file():
                (tree / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(ROOT / name, tree / name)
        Path(folder).chmod(0o755)
        with _server(tree):
            yield tree


@contextmanager
def _server(tree: Path) -> Iterator[None]:
    """The PostgreSQL of a tree lasts as long as somebody uses it, and the test database with it.

    Whoever has imported pytest uses the one for tests.
    """
    holding = subprocess.Popen(
        [sys.executable, "-c", _HOLD], cwd=tree, env=_environment(tree), stdin=subprocess.PIPE
    )
    try:
        yield
    finally:
        holding.communicate()


def _baseline(tree: Path, chosen: Sequence[Guard]) -> str:
    """What the tests say while nothing is missing; empty when they are green."""
    done = _pytest(tree, [test for guard in chosen for test in guard.tests], alters_schema=True)
    return "" if done.returncode == 0 else done.stdout[-3000:]


def _try_without(tree: Path, guard: Guard) -> str:
    """`red`, as it must be; `green` when nobody noticed; `not found` when the guard has moved."""
    path = tree / guard.file
    whole = path.read_text() if path.exists() else ""
    if whole.count(guard.old) < 1:
        return "not found"
    path.write_text(whole.replace(guard.old, guard.new))
    try:
        for test in guard.tests:
            done = _pytest(tree, [test], alters_schema=guard.alters_schema)
            if done.returncode == 0:
                return "green"
            if done.returncode != FAILED_TESTS or " failed" not in done.stdout:
                return "broken"
    finally:
        path.write_text(whole)
    return "red"


def _environment(tree: Path) -> dict[str, str]:
    own = {
        "DJANGO_SETTINGS_MODULE": "langvel_site.settings",
        "LANGVEL_DATA_DIR": str(tree.parent / "data"),
        "PYTHONPATH": str(tree),
    }
    return {**os.environ, **own}


def _pytest(
    tree: Path, tests: Sequence[str], *, alters_schema: bool
) -> subprocess.CompletedProcess[str]:
    """With a database that is kept, unless the schema is what the guard is in."""
    database = ["--create-db"] if alters_schema else ["--reuse-db"]
    command = [sys.executable, "-m", "pytest", "-q", "-x", "--tb=line", "-p", "no:cacheprovider"]
    return subprocess.run(
        [*command, *database, *tests],
        cwd=tree,
        env=_environment(tree),
        capture_output=True,
        text=True,
        check=False,
    )


if __name__ == "__main__":
    sys.exit(main())
