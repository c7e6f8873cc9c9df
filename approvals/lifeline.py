"""A child that ends with its parent, also when the parent is killed without a chance to say so."""

from __future__ import annotations

import os
import signal
import threading

VARIABLE = "LANGVEL_LIFELINE"


class Lifeline:
    """A pipe whose writing end only the parent holds: the kernel closes it whatever happens."""

    def __init__(self) -> None:
        self.reading, self._writing = os.pipe()

    def for_child(self) -> dict[str, object]:
        """Arguments for `subprocess.Popen`."""
        return {
            "pass_fds": (self.reading,),
            "env": os.environ | {VARIABLE: str(self.reading)},
        }


def hold_on() -> None:
    """In the child: be told to end, as by SIGTERM, when the parent is gone."""
    if reading := os.environ.pop(VARIABLE, ""):
        threading.Thread(target=_wait, args=[int(reading)], daemon=True).start()


def _wait(reading: int) -> None:
    os.read(reading, 1)
    os.kill(os.getpid(), signal.SIGTERM)
