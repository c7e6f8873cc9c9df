"""What a server's list of runs tells of the past: was an answer heard, and who moved the thread?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from agents.config import MARK
from agents.jsonable import canonical, to_json
from agents.remote.looking import Look

_MOVED = {
    "update": "Another program changed the thread's state.",
    "fork": "Another program forked the thread.",
}
ANSWERED = "Another program answered this question."
MOVED_ON = "Another program moved the thread on."
GONE = "The thread no longer exists on its server."
NOT_ASKED = "The graph does not ask this any more."


class RemoteTraces:
    """As `agents.traces.Traces`, of a thread of an Agent Server."""

    def __init__(self, seen: Look, *, mark: str | None) -> None:
        self._seen = seen
        self._mark = mark

    def show_answer(self, place: tuple[str, str, str], value: Any) -> bool:
        """Whether a run of ours carried that very answer to that question and did not fail."""
        told = canonical(to_json(value))
        return any(
            run["status"] == "success"
            and place[2] in (answers := _answers(run))
            and canonical(to_json(answers[place[2]])) == told
            for run in self._seen.runs
            if self._is_ours(run)
        )

    def hold_foreign_answer(self, place: tuple[str, str, str], own: list[Any]) -> bool:
        return self._seen.is_stuck

    def why_moved(self, place: tuple[str, str, str]) -> str:
        """Who or what ended the question, in a sentence."""
        if not self._seen.is_there:
            return GONE
        if any(place[2] in _answers(run) for run in self._seen.runs):
            return ANSWERED
        if told := _MOVED.get(self._seen.source):
            return told
        last = self._seen.runs[0] if self._seen.runs else None
        return MOVED_ON if last and not self._is_ours(last) else NOT_ASKED

    def _is_ours(self, run: Mapping[str, Any]) -> bool:
        return self._mark is not None and (run.get("metadata") or {}).get(MARK) == self._mark


def _answers(run: Mapping[str, Any]) -> Mapping[str, Any]:
    command = (run.get("kwargs") or {}).get("command") or {}
    resume = command.get("resume")
    return resume if isinstance(resume, Mapping) else {}
