"""What one pass through a graph produced, as plain values that carry no LangGraph object."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from agents.dialects.request import ReviewRequest


@dataclass(frozen=True, kw_only=True)
class Question:
    """One interrupt that waits for an answer, in the words the site stores and shows.

    `digest` binds an answer to exactly this question: thread, checkpoint, task, interrupt,
    what is shown, and the version of the code that asked.
    """

    checkpoint_id: str
    task_id: str
    interrupt_id: str
    node: str
    request: ReviewRequest
    digest: str


@dataclass(frozen=True, kw_only=True)
class ErrorInfo:
    """Why a pass failed. `detail` is the traceback, for operators only."""

    type: str
    message: str
    node: str = ""
    detail: str = ""

    def as_json(self) -> dict[str, str]:
        return {
            "type": self.type,
            "message": self.message,
            "node": self.node,
            "detail": self.detail,
        }


@dataclass(frozen=True, kw_only=True)
class Finished:
    """The graph ran to its end; `state` is its final value as JSON."""

    state: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Paused:
    """The graph waits for people: at least one question, in the order they were asked."""

    state: dict[str, Any]
    questions: tuple[Question, ...]


@dataclass(frozen=True, kw_only=True)
class Failed:
    """A node raised. Questions that were answered but not consumed are still open in the graph."""

    state: dict[str, Any]
    error: ErrorInfo
    questions: tuple[Question, ...] = ()


Outcome = Finished | Paused | Failed
