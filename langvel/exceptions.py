"""Everything langvel raises. One tree, plus WorkflowPaused, which is news rather than an error."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Sequence
from typing import Any


class LangvelError(Exception):
    """Something langvel refuses to do."""

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or inspect.getdoc(type(self)) or type(self).__name__)


class MissingThreadId(LangvelError):
    """A graph that can pause needs config={"configurable": {"thread_id": "..."}}."""


class UnknownThread(LangvelError):
    """No run was ever started on this thread."""

    def __init__(self, thread_id: str) -> None:
        super().__init__(
            f"No run was ever started on thread {thread_id!r}: give the thread_id that invoke() "
            "had, and the same checkpointer."
        )


class NotPaused(LangvelError):
    """The thread isn't waiting for a person."""


class ThreadBusy(NotPaused):
    """Another pass through this thread is running."""


class LockLost(ThreadBusy):
    """This process held the thread but stood still too long; another may have gone on with it."""

    def __init__(self, thread_id: str) -> None:
        super().__init__(f"Thread {thread_id!r}: {inspect.getdoc(LockLost)} Nothing was written.")


class AlreadyPaused(LangvelError):
    """The thread is waiting for a person: use resume(), a new input would discard the question."""


class ThreadFailed(LangvelError):
    """A step raised or was cut short: the thread is not waiting for approval.

    `invoke(None, config)` runs the step again.
    """


class CheckpointerRequired(LangvelError):
    """A graph that pauses needs a checkpointer to remember where it stopped."""


class CheckpointerUnreachable(LangvelError):
    """What keeps the threads doesn't answer."""

    def __init__(self, server: str, *, variable: str, reason: Exception) -> None:
        why = " ".join(str(reason).split()).rstrip(".?")
        super().__init__(
            f"{server}, which keeps the threads, can't be reached: {why}. Start it, or correct "
            f"its address: the environment's {variable}, or what was given to the checkpointer."
        )


class UnknownField(LangvelError):
    """The state has no such field, or it may not be changed here: `.fields`."""

    def __init__(
        self, fields: Iterable[str], *, known: Iterable[str], where: str = "state"
    ) -> None:
        self.fields = tuple(sorted(fields))
        names = ", ".join(repr(name) for name in self.fields)
        super().__init__(f"Unknown field {names} for {where}; known: {', '.join(known) or 'none'}.")


class UnknownBranch(LangvelError):
    """`state.next_step`, or a branch's condition, names no branch: `.key`, of `.known`."""

    def __init__(self, key: object, *, known: Iterable[object], by_condition: bool = False) -> None:
        self.key = key
        self.known = tuple(known)
        remedy = "its condition must return" if by_condition else "call state.set_next() with"
        keys = ", ".join(repr(name) for name in self.known)
        super().__init__(f"No branch for {key!r}: {remedy} one of {keys}.")


class InvalidDecision(LangvelError):
    """The answer to a gate is not a decision it offered; nothing was approved."""


class StaleApproval(LangvelError):
    """The answer was given to another question than the one that is asked now; nothing ran."""

    def __init__(self, node: str, *, given: str | None) -> None:
        why = (
            "was given to a question that reads differently"
            if given
            else "does not say to which question it was given"
        )
        super().__init__(
            f"The answer at {node!r} {why}; nothing was approved. Show the person the question "
            "as it is asked now. If it was never changed, something in it differs each time the "
            "node runs, such as the present time: take that out."
        )


class EffectUncertain(LangvelError):
    """An effect under once() was begun, and nobody recorded its end: a person must find out.

    `settle` takes its `.effect`.
    """

    def __init__(self, effect: Any) -> None:
        self.effect = effect
        super().__init__(
            f"{effect.key!r} of thread {effect.thread_id!r} was begun and its end never recorded: "
            "the process died in it, it raised, or it runs right now. It was not run again. Find "
            "out whether it happened, tell langvel.core.once.settle(), and run the step again."
        )


class InvalidNodeResult(LangvelError):
    """A node returns the state, a dict of fields, or nothing."""


class NotStorable(LangvelError):
    """A field holds what no checkpoint can: `.field`."""

    def __init__(self, field: str, reason: str) -> None:
        self.field = field
        super().__init__(f"Field {field!r} can't be stored in a checkpoint: {reason}.")


class FieldConflict(LangvelError):
    """Parallel branches wrote the same field, `.field`, so one value would be lost."""

    def __init__(self, field: str) -> None:
        self.field = field
        super().__init__(
            f"Parallel branches both wrote the field {field!r}: let each write a field of its own, "
            "or give this one a reducer, as in Annotated[list[str], operator.add]."
        )


class GraphInvalid(LangvelError):
    """The graph can't run as it is written; `.faults` lists all that is wrong."""

    def __init__(self, faults: Sequence[str]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(self.faults))


class WorkflowPaused(Exception):
    """The graph waits for a person.

    Not a LangvelError: code that catches errors must not take a pause for one. Has `.thread_id`,
    `.state`, `.next` (the nodes that wait) and `.interrupts` (the questions, LangGraph's objects
    with `id` and `value`).
    """

    def __init__(
        self,
        *,
        thread_id: str,
        state: Any,
        next: tuple[str, ...],
        interrupts: tuple[Any, ...],
    ) -> None:
        self.thread_id = thread_id
        self.state = state
        self.next = next
        self.interrupts = interrupts
        super().__init__(f"Thread {thread_id} waits for a person at {', '.join(next)}.")


class DeadlineOutlivesThread(UserWarning):
    """A question may be answered for longer than its thread is kept."""


class MemoryIsVolatile(UserWarning):
    """The memory checkpointer forgets every paused thread when the process ends."""
