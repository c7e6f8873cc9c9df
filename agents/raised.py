"""Which code raised an interrupt that nobody has recorded yet.

LangGraph keeps what a step asked, not by which code. A worker may die between the two, and code
that is deployed then would take the question for its own, and the answer for one to what it
asks itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, LiteralString

from psycopg.types.json import Jsonb


@dataclass(frozen=True, kw_only=True)
class Code:
    """An agent's code by its names: `version`, and `steps`, a name for that of each."""

    version: str
    steps: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Unrecorded:
    """An interrupt that an earlier pass left in a checkpoint: of which task, and by which code."""

    checkpoint_id: str
    task_id: str
    code: Code


class Raised:
    """The code of one pass, and that of earlier passes whose interrupts wait unrecorded.

    `sql` notes one more; the saver executes it in the transaction that stores the interrupt,
    with `params` and then checkpoint, task, version and steps.
    """

    def __init__(
        self,
        code: Code,
        earlier: Iterable[Unrecorded],
        *,
        sql: LiteralString,
        params: tuple[Any, ...],
    ) -> None:
        self._code = code
        self._by_task = {one.task_id: one.code for one in earlier}
        self.sql = sql
        self._params = params

    def by(self, task_id: str) -> Code:
        """The code that raised what this task asks, as far as this site moved it."""
        return self._by_task.get(task_id, self._code)

    def has(self, task_id: str) -> bool:
        """Whether a pass of the run's own raised what this task asks, and no row tells of it."""
        return task_id in self._by_task

    def params(self, checkpoint_id: str, task_id: str) -> tuple[Any, ...]:
        steps = Jsonb(dict(self._code.steps))
        return (*self._params, checkpoint_id, task_id, self._code.version, steps)

    def note(self, task_id: str) -> None:
        """This pass has raised it, whoever raised it before."""
        self._by_task[task_id] = self._code
