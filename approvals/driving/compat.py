"""Does a question still fit the code that would hear its answer?

LangGraph would carry the answer to whatever asks first where the thread stands, so a question of
other code is held: shown, with the reason, and not to be answered until the code is back or the
question has been asked again.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Protocol

from agents.outcome import Question

if TYPE_CHECKING:
    from agents.adapters import RegisteredAgent

UNREGISTERED = "No agent of that name is registered here."
_REMEDY = " It can be answered when the earlier code is back, or be asked again."


class Asked(Protocol):
    """A question, as a row or as it was claimed."""

    @property
    def node(self) -> str: ...
    @property
    def agent_version(self) -> str: ...
    @property
    def step_code(self) -> str: ...


def misfit(agent: RegisteredAgent, question: Asked) -> str:
    """Why the agent's code cannot take the answer, in a sentence; empty when it can."""
    if reason := moved_on(agent, question):
        return reason
    if question.step_code not in ("", agent.steps[question.node]):
        return f"The code of the step “{question.node}” has changed since it asked this.{_REMEDY}"
    return ""


def misfits(
    agent: RegisteredAgent, questions: Iterable[Question]
) -> dict[tuple[str, str, str], str]:
    """By place, why not: a worker that died may have left in a thread what other code asked."""
    found = {question.place: misfit(agent, question) for question in questions}
    return {place: reason for place, reason in found.items() if reason}


def moved_on(agent: RegisteredAgent, question: Asked) -> str:
    """As misfit, but a step may have been mended: for a retry of an answer it has heard."""
    if question.node not in agent.steps:
        return f"The step “{question.node}”, which asked this, no longer exists.{_REMEDY}"
    if question.agent_version == agent.version:
        return ""
    declared, _, _ = question.agent_version.partition("+")
    if declared != agent.version.partition("+")[0]:
        now = agent.version.partition("+")[0]
        return (
            f"Version {declared} of the agent asked this; its code is now version {now}.{_REMEDY}"
        )
    return f"The agent's steps have changed since this was asked.{_REMEDY}"
