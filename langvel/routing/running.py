"""Which step runs right now, so that it can ask for a pause behind itself.

A context variable, not an attribute: two threads share an agent object, and the mark of one
must not pause the other.
"""

from __future__ import annotations

from contextvars import ContextVar, Token
from dataclasses import dataclass, field
from typing import Self

from langvel.exceptions import LangvelError
from langvel.routing.plan import Question


@dataclass
class RunningPass:
    """One run of one step, inside `with`."""

    owner: object
    node: str
    question: Question | None = None
    over: bool = False
    _before: Token[RunningPass | None] | None = field(default=None, repr=False)

    def mark(self, question: Question) -> None:
        if self.over:
            raise LangvelError(f"{self.node!r} has finished; it is too late to interrupt after it.")
        self.question = question

    def __enter__(self) -> Self:
        self._before = _running.set(self)
        return self

    def __exit__(self, *failure: object) -> None:
        self.over = True
        if self._before is not None:
            _running.reset(self._before)


_running: ContextVar[RunningPass | None] = ContextVar("langvel_running", default=None)


def current_pass(owner: object) -> RunningPass | None:
    """The running step of this builder's graph, if the caller is inside one."""
    running = _running.get()
    return running if running is not None and running.owner is owner else None
