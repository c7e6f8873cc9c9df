"""What a look at a thread amounts to, when nobody moves it."""

from __future__ import annotations

from typing import Any

from agents.outcome import ErrorInfo, Failed, Finished, Gone, Outcome, Paused
from agents.remote.looking import Look
from agents.view import View


def as_it_stands(view: View) -> Outcome:
    """What is to be recorded of it."""
    if not view.checkpoint_id:
        return Gone()
    if view.error is not None:
        return Failed(state=view.state, error=view.error, questions=view.questions)
    if view.questions:
        return Paused(state=view.state, questions=view.questions)
    if view.next:
        return Failed(state=view.state, error=_UNASKED, questions=())
    return Finished(state=view.state)


def first_input(seen: Look) -> dict[str, Any]:
    """What the thread was last given from outside, as far as the server still lists it."""
    for run in seen.runs:
        given = (run.get("kwargs") or {}).get("input")
        if isinstance(given, dict):
            return given
    return {}


_UNASKED = ErrorInfo(
    type="PausedWithoutQuestion",
    message="The thread stands still on its server and asks nothing. Retry to have it go on.",
)
