"""What one pass through a graph produced, as plain values that carry no LangGraph object."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from agents.dialects.request import ReviewRequest


@dataclass(frozen=True, kw_only=True)
class Question:
    """One pause that waits for an answer, in the words the site stores and shows.

    `digest` binds an answer to exactly this question: thread, checkpoint, task, interrupt,
    what is shown, and the code that asked, whose names are `version` and `step_code`.

    `steers`: the answer is no value for the step but says what to do with the thread, whose
    part is named by `namespace`. `is_failed`: its step raised; an answer given to it is kept
    by the graph and would be heard again. `resumes_alone`: no other question need be answered.
    `goes_last`: LangGraph takes its answer only when nothing else waits.
    """

    checkpoint_id: str
    task_id: str
    interrupt_id: str
    node: str
    request: ReviewRequest
    digest: str
    version: str = ""
    step_code: str = ""
    namespace: str = ""
    steers: bool = False
    is_failed: bool = False
    resumes_alone: bool = False
    goes_last: bool = False

    @property
    def place(self) -> tuple[str, str, str]:
        """What LangGraph itself knows the question by."""
        return self.checkpoint_id, self.task_id, self.interrupt_id

    @property
    def agent_version(self) -> str:
        """As a row of the question calls it."""
        return self.version


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
    """A node raised, or the run can't go on. `questions` are those still open in the graph.

    None: nobody has looked at the graph, so nothing is known about them.
    """

    state: dict[str, Any]
    error: ErrorInfo
    questions: tuple[Question, ...] | None = None


@dataclass(frozen=True, kw_only=True)
class Cancelled:
    """The thread has nothing left to do, because a person wanted it so."""


@dataclass(frozen=True, kw_only=True)
class Gone:
    """The checkpoint of what was asked, or of what was done, exists no more; somebody deleted it.

    `has_older`: there are earlier ones, from which the graph would repeat what it did since.
    """

    has_older: bool = False


Outcome = Finished | Paused | Failed | Cancelled | Gone
