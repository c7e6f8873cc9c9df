"""What came of one worker's work on a run, for `outcomes` to write down."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from agents.outcome import Failed, Finished, Outcome, Paused, Question


@dataclass(frozen=True, kw_only=True)
class Held:
    """The code at hand must not hear these answers. Reasons by the question's primary key."""

    reasons: Mapping[int, str]


@dataclass(frozen=True, kw_only=True)
class Report:
    """What came of it. `sent`: questions whose answers were carried to the graph just now.

    `heard`: those whose answer a worker carried there before it died. `ready`: those whose
    answers could have been carried. `reasons`: why a question is no longer asked. `anew`: why
    whatever is asked now is asked again, be it in the same words. `unfit`: by place, why the code
    at hand must not hear the answer to what is asked.
    """

    outcome: Outcome | Held
    sent: frozenset[int] = frozenset()
    heard: frozenset[int] = frozenset()
    ready: frozenset[int] = frozenset()
    reasons: Mapping[int, str] = field(default_factory=dict)
    anew: str = ""
    unfit: Mapping[tuple[str, str, str], str] = field(default_factory=dict)

    def was_heard(self, pk: int) -> bool:
        return pk in self.sent or pk in self.heard


def asked_in(outcome: Outcome | Held) -> tuple[Question, ...] | None:
    """What the graph asks now; None when nobody looked, or it does not matter."""
    if isinstance(outcome, Finished):
        return ()
    return outcome.questions if isinstance(outcome, Paused | Failed) else None
