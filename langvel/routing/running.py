"""Which step runs right now, so that it can ask for a pause behind itself.

A context variable, not an attribute: two threads share an agent object, and the mark of one
must not pause the other.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from langvel.exceptions import LangvelError
from langvel.routing.plan import Question


@dataclass
class RunningPass:
    """One run of one step."""

    owner: object
    node: str
    question: Question | None = None
    over: bool = False

    def mark(self, question: Question) -> None:
        if self.over:
            raise LangvelError(f"{self.node!r} has finished; it is too late to interrupt after it.")
        self.question = question


_running: ContextVar[RunningPass | None] = ContextVar("langvel_running", default=None)


def current_pass(owner: object) -> RunningPass | None:
    """The running step of this builder's graph, if the caller is inside one."""
    running = _running.get()
    return running if running is not None and running.owner is owner else None


@contextmanager
def running(owner: object, *, node: str) -> Iterator[RunningPass]:
    this = RunningPass(owner, node)
    token = _running.set(this)
    try:
        yield this
    finally:
        this.over = True
        _running.reset(token)
