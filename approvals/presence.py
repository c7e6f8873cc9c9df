"""Who has a question open: told from socket to socket, stored nowhere.

A page says every twenty seconds what it shows; who has not heard of it for a minute forgets it.
Those who have the same question open hear each beat, everybody else one in three: an inbox that
shows fifty questions need not hear of each page every time.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from typing import Any

from approvals import live
from approvals.models import Interrupt

WIDE_EVERY = 3
BURST, PER_SECOND = 5.0, 0.5
LONGEST = 200


@dataclass(frozen=True)
class Said:
    """What a page says: which question it shows, and whether somebody types in it."""

    question: int
    is_editing: bool


@dataclass
class Allowance:
    """A browser that talks without end is not listened to."""

    left: float = BURST
    since: float = field(default_factory=time.monotonic)

    def take(self) -> bool:
        now = time.monotonic()
        self.left = min(BURST, self.left + (now - self.since) * PER_SECOND)
        self.since = now
        if self.left < 1:
            return False
        self.left -= 1
        return True


@dataclass
class Watch:
    """A question that somebody has open, and who may hear of it."""

    question: int
    name: str
    requester: int
    is_editing: bool = False
    beats: int = 0

    @property
    def group(self) -> str:
        return group_of(self.question)

    def beat(self, *, is_editing: bool) -> None:
        """Tell of it again; of what is new everybody hears."""
        is_wide = self.beats % WIDE_EVERY == 0 or is_editing != self.is_editing
        self.is_editing, self.beats = is_editing, self.beats + 1
        self._tell("editing" if is_editing else "viewing", is_wide=is_wide)

    def leave(self) -> None:
        self._tell("left", is_wide=True)

    def _tell(self, status: str, *, is_wide: bool) -> None:
        wide = live.Audience(run_requester_id=self.requester).groups() if is_wide else []
        live.tell_presence([self.group, *wide], id=self.question, by=self.name, status=status)


def group_of(question: int) -> str:
    return f"question-{question}"


def understood(text: str | None) -> Said | None:
    """What a browser said, if it is something that a page of ours says."""
    if not text or len(text) > LONGEST:
        return None
    try:
        said: Any = json.loads(text)
    except ValueError:
        return None
    if not isinstance(said, dict) or said.get("type") != "here" or type(said.get("id")) is not int:
        return None
    if not 0 < said["id"] < 2**63:
        return None
    return Said(question=said["id"], is_editing=said.get("editing") is True)


def watch(question: int, person: Any) -> Watch | None:
    """A watch for this person, if they see the question. Reads fresh rows."""
    found = Interrupt.objects.visible_to(person).filter(pk=question)
    requester = found.values_list("requested_by_id", flat=True).first()
    if requester is None:
        return None
    return Watch(question=question, name=person.get_username(), requester=requester)
