"""Run an agent in memory, with the answers people would give, and look at its pauses.

    from langvel.testing import approve, edit, rehearse, reject

    async def test_a_large_order_is_approved_by_a_person():
        done = await rehearse(OrderAgent, {"total": 5000}, approve(by="bob"))

        assert [pause.title for pause in done.pauses] == ["Process order"]
        assert done.pauses[0].args["total"] == "5000"
        assert done.state.status == "finished"

    async def test_a_rejected_order_is_not_processed():
        done = await rehearse(OrderAgent, {"total": 5000}, reject("too much"))

        assert done.state.rejection_reason == "too much"

Nothing is stored outside the process, whatever the agent's `checkpointer` is, and each rehearsal
starts afresh. Everything else is as it will be: the same gates, the same checks of each answer.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from langgraph.checkpoint.memory import InMemorySaver

from langvel.checkpointers.locks import LocalLocks
from langvel.checkpointers.serializer import strict_serializer
from langvel.core.agent import Agent
from langvel.core.passes import Passes
from langvel.core.request import is_request
from langvel.exceptions import WorkflowPaused
from langvel.state.view import StateView

TESTER = "tester"


@dataclass(frozen=True)
class Pause:
    """One question. `payload` is the whole of it: for a plain `interrupt(value)`, the value."""

    id: str
    payload: Any

    @property
    def node(self) -> str:
        """The step that was gated, or that asked."""
        return str(self._part("node"))

    @property
    def title(self) -> str:
        return str(self._part("title"))

    @property
    def summary(self) -> str:
        return str(self._part("summary"))

    @property
    def effect(self) -> str:
        return str(self._part("effect"))

    @property
    def action(self) -> str:
        """The name of what happens when it is approved."""
        return str(self._part("action")["name"])

    @property
    def args(self) -> dict[str, Any]:
        """What a reviewer may edit, as JSON data."""
        return dict(self._part("action")["args"])

    @property
    def allowed(self) -> tuple[str, ...]:
        return tuple(self._part("allowed"))

    @property
    def risk(self) -> str | None:
        return self._part("risk")  # type: ignore[no-any-return]

    @property
    def deadline(self) -> float | None:
        """Seconds."""
        return self._part("deadline")  # type: ignore[no-any-return]

    @property
    def state(self) -> dict[str, Any]:
        """The state as the reviewer sees it, as JSON data."""
        return dict(self._part("state"))

    def _part(self, name: str) -> Any:
        if not is_request(self.payload):
            raise AssertionError(f"A plain interrupt has no {name}; look at its payload.")
        return self.payload[name]


@dataclass(frozen=True)
class Rehearsal:
    """What came of it: every question in the order it was asked, and the state at the end."""

    state: StateView
    pauses: list[Pause] = field(default_factory=list)

    @property
    def waits(self) -> bool:
        """Whether it was left waiting for a person."""
        return self.state.status == "paused"


Answer = Mapping[str, Any] | Callable[[Pause], Any] | None


def approve(message: str | None = None, *, by: str = TESTER) -> dict[str, Any]:
    """Let it be done as it was offered."""
    return {"type": "approve", "message": message, "by": by}


def reject(message: str | None = None, *, by: str = TESTER) -> dict[str, Any]:
    """Refuse it; the message is the state's `rejection_reason`."""
    return {"type": "reject", "message": message, "by": by}


def edit(message: str | None = None, *, by: str = TESTER, **args: Any) -> dict[str, Any]:
    """Approve with these args changed: JSON data, as a reviewer's page would send it."""
    return {"type": "edit", "args": args, "message": message, "by": by}


async def rehearse(
    agent: Agent | type[Agent], input: Mapping[str, Any], *answers: Answer, waits: bool = False
) -> Rehearsal:
    """Run the agent from `input` to its end, one answer for each question in turn.

    An answer is a decision (`approve`, `edit`, `reject` make them), state values to set before
    going on, None to just go on, the value of a plain `interrupt()`, or a function that gets the
    Pause and returns one of these. Questions that wait at the same time take their answers in
    the order of their steps' names; there each answer is a decision.

    Raises AssertionError when there are more questions than answers, unless it `waits`, and when
    there are fewer. What a step raises comes through.
    """
    passes = _in_memory(agent() if isinstance(agent, type) else agent)
    config = {"configurable": {"thread_id": uuid.uuid4().hex}}
    script, pauses = list(answers), []
    asked = await _until_asked(passes.invoke(input, config))
    while isinstance(asked, WorkflowPaused):
        pending = sorted(
            (Pause(question.id, question.value) for question in asked.interrupts), key=_order
        )
        pauses += pending
        if not script and waits:
            return Rehearsal(asked.state, pauses)
        asked = await _until_asked(passes.resume(config, _next(pending, script)))
    if script or waits:
        _fail("it ended" + (f" with {len(script)} answers left over" if script else ""), pauses)
    return Rehearsal(asked, pauses)


async def _until_asked(running: Any) -> StateView | WorkflowPaused:
    try:
        done: StateView = await running
    except WorkflowPaused as paused:
        return paused
    return done


def _next(pending: list[Pause], script: list[Answer]) -> Any:
    """The next answers of the script, for the questions that wait now."""
    if len(script) < len(pending):
        _fail(f"{len(pending)} questions wait and {len(script)} answers are left", pending)
    given, script[: len(pending)] = script[: len(pending)], []
    said = [
        answer(pause) if callable(answer) else answer
        for pause, answer in zip(pending, given, strict=True)
    ]
    if len(pending) == 1:
        return said[0]
    return {pause.id: answer for pause, answer in zip(pending, said, strict=True)}


def _fail(what: str, pauses: list[Pause]) -> None:
    asked = ", ".join(_describe(pause) for pause in pauses) or "nothing"
    raise AssertionError(f"The script does not fit: {what}. Asked: {asked}.")


def _describe(pause: Pause) -> str:
    return (
        f"{pause.title!r} after {pause.node}" if is_request(pause.payload) else repr(pause.payload)
    )


def _order(pause: Pause) -> str:
    return pause.node if is_request(pause.payload) else ""


def _in_memory(agent: Agent) -> Passes:
    saver = InMemorySaver(serde=strict_serializer(agent.serializable_types()))
    return Passes(
        graph=agent.compile(saver),
        plan=agent._plan().plan,
        model=agent.state_model,
        locks=LocalLocks(),
    )


__all__ = ["Pause", "Rehearsal", "approve", "edit", "rehearse", "reject"]
