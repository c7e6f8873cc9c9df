"""Which decisions may be carried to the graph next, and which must wait."""

from __future__ import annotations

from collections.abc import Iterable

from agents.outcome import Question
from approvals.driving.leases import Standing

Given = tuple[Question, Standing]


class Answers:
    """What was decided when the run was claimed. `sent`: the questions it was carried to."""

    def __init__(self, standing: Iterable[Standing]) -> None:
        self._standing = tuple(standing)
        self.sent: set[int] = set()

    def to(self, questions: Iterable[Question]) -> list[Given]:
        """Those to exactly these questions.

        What a failed step has heard is not sent again: its next question would get it.
        """
        rows = {
            (row.place, row.digest): row
            for row in self._standing
            if row.is_ready and row.pk not in self.sent
        }
        return [
            (question, rows[question.place, question.digest])
            for question in questions
            if (question.place, question.digest) in rows and not question.is_failed
        ]

    def next_for(self, questions: Iterable[Question]) -> list[Given]:
        """Those to carry now: all that are owed, or those that need not wait for others.

        Whatever moves the thread passes every breakpoint, so none of them may be unanswered.
        """
        questions = tuple(questions)
        ready = self.to(questions)
        answered = {question.place for question, _ in ready}
        waiting = [one for one in questions if one.place not in answered and not one.is_failed]
        if any(question.steers for question in waiting):
            return []
        if waiting:
            ready = [(question, row) for question, row in ready if row.resumes_alone]
            return [] if any(question.goes_last for question, _ in ready) else ready
        return _first(ready)


def _first(ready: list[Given]) -> list[Given]:
    """Of all that may be carried, what must go alone and before the rest."""
    steering = [(question, row) for question, row in ready if question.steers]
    if any(row.value.get("cancel") for _, row in steering):
        return steering
    skips = [(question, row) for question, row in steering if row.value.get("skip")]
    return skips or [pair for pair in ready if not pair[0].goes_last] or ready
