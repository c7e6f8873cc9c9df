"""How payloads speak: one module a dialect, first match wins.

`read` turns what a graph passed to `interrupt()` into a ReviewRequest, `answer` turns decisions
into the value the graph resumes with; an answer is complete and valid before anything resumes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import ModuleType
from typing import Any

from agents.dialects import langvel, plain
from agents.dialects.request import (
    Pause,
    Reviewer,
    ReviewerDecision,
    ReviewRequest,
    check_verbs,
)

_DIALECTS: dict[str, ModuleType] = {module.NAME: module for module in (langvel, plain)}


def read(
    value: Any,
    *,
    node: str,
    state: dict[str, Any],
    interrupt_id: str = "",
    response_schema: dict[str, Any] | None = None,
) -> ReviewRequest:
    """The question behind a JSON payload, in the words of its dialect. Never raises."""
    pause = Pause(
        value=value,
        node=node,
        state=state,
        interrupt_id=interrupt_id,
        response_schema=response_schema,
    )
    dialect = next(module for module in _DIALECTS.values() if module.matches(pause))
    request: ReviewRequest = dialect.read(pause)
    return request


def answer(
    dialect: str,
    *,
    actions: Sequence[Mapping[str, Any]],
    decisions: Sequence[ReviewerDecision],
    by: Reviewer,
    payload: Any = None,
) -> Any:
    """The resume value for these decisions; `payload` is what the graph passed to `interrupt()`.

    Raises InvalidAnswer, with a pointer for each fault, when they do not answer the question.
    """
    check_verbs(actions, decisions)
    return _DIALECTS[dialect].answer(actions, decisions, by=by, payload=payload)
