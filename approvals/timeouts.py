"""Until when a question is to be answered, and what happens if nobody does."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, timedelta
from typing import Any

from django.db.models.functions import Now

from agents import registry
from approvals.models import Interrupt
from approvals.policy import Terms


@dataclass(frozen=True, kw_only=True)
class Deadline:
    """`seconds` from the question; None: it may wait for ever, whatever `on_timeout` says."""

    seconds: float | None = None
    on_timeout: str = ""

    def columns(self) -> dict[str, Any]:
        """Of an Interrupt that is created now."""
        at = None if self.seconds is None else Now() + timedelta(seconds=self.seconds)
        return {"due_at": at, "sweep_at": at, "on_timeout": self.on_timeout if at else ""}


def deadline_of(asked: Deadline, *, terms: Terms, agent_key: str) -> Deadline:
    """The question's own, else its agent's; a policy's where that is sooner.

    One deadline counts, with what is said about that one.
    """
    own = _first(asked, _of_agent(agent_key))
    fallback = own.on_timeout or terms.on_timeout or Interrupt.OnTimeout.KEEP
    limit = terms.deadline_seconds
    if limit is not None and (own.seconds is None or limit < own.seconds):
        return Deadline(seconds=limit, on_timeout=terms.on_timeout)
    return Deadline(seconds=own.seconds, on_timeout=fallback)


def _first(asked: Deadline, default: Deadline) -> Deadline:
    return Deadline(
        seconds=default.seconds if asked.seconds is None else asked.seconds,
        on_timeout=asked.on_timeout or default.on_timeout,
    )


def _of_agent(agent_key: str) -> Deadline:
    """What its class says; programs that ask by the API have no code here."""
    if agent_key not in registry.paths():
        return Deadline()
    agent = registry.load(agent_key)
    return Deadline(
        seconds=getattr(agent, "deadline_seconds", None),
        on_timeout=getattr(agent, "on_timeout", ""),
    )


def unanswered_by(question: Interrupt) -> str:
    """The sentence that graph and history get. In UTC: they have no reader whose clock to take."""
    assert question.due_at is not None
    return f"Nobody answered by {question.due_at.astimezone(UTC):%Y-%m-%d %H:%M} UTC."
