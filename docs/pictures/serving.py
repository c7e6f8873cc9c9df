"""Parts of the site as processes of their own, in a data folder that was chosen before."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from django.conf import settings

from approvals.lifeline import Lifeline

MANAGE = Path(__file__).parents[2] / "manage.py"
PATIENCE = 120.0


@contextmanager
def process(command: str) -> Iterator[None]:
    """`manage.py <command>` while the block runs; it ends with us, however we end."""
    lifeline = Lifeline()
    with (settings.DATA_DIR / f"{command}.log").open("ab") as log:
        child = subprocess.Popen(  # noqa: S603
            [sys.executable, MANAGE, command],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            **lifeline.for_child(),
        )
        try:
            yield
        finally:
            child.terminate()
            child.wait(20)


@contextmanager
def served() -> Iterator[str]:
    """The site's address, while it answers there."""
    with process("serve"):
        until(answers, "the site does not answer")
        yield f"http://127.0.0.1:{settings.PORT}"


def until(holds: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not holds():
        if time.monotonic() > deadline:
            raise TimeoutError(what)
        time.sleep(0.1)


def answers() -> bool:
    with suppress(URLError, OSError):
        return urlopen(f"http://127.0.0.1:{settings.PORT}/healthz", timeout=2).status == 200
    return False
