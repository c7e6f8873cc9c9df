"""What must be true afterwards, read from the tables and from what the agents did."""

from __future__ import annotations

import json
import time
from collections import Counter, defaultdict
from collections.abc import Mapping
from typing import Any

from django.db import DatabaseError, InterfaceError, connection
from django.db.models import Count, Max

from approvals.models import AuditEntry, Decision, Interrupt, Run
from tests.chaos.graphs import effects_file

STUCK_AFTER_SECONDS = 60
PATIENCE_SECONDS = 1_800
_QUESTION = "interrupt_id"


class Broken(Exception):
    """A promise did not hold."""


class Progress:
    """Whether runs move. A busy machine is slow, but not stuck."""

    def __init__(self) -> None:
        self._seen: Any = None
        self._since = time.monotonic()

    def has_ended(self) -> bool:
        """No run has changed for as long as none may stand."""
        seen = Run.objects.aggregate(Count("id"), Max("updated_at"))
        if seen != self._seen:
            self._seen, self._since = seen, time.monotonic()
        return time.monotonic() - self._since > STUCK_AFTER_SECONDS


def settle() -> None:
    """Wait until no run is under way, or all that are stand still. Somebody must be answering."""
    progress, began = Progress(), time.monotonic()
    while time.monotonic() - began < PATIENCE_SECONDS:
        try:
            if not Run.objects.active().exists() or progress.has_ended():
                return
        except (DatabaseError, InterfaceError):
            connection.close()
        time.sleep(0.1)


def judge(acknowledged: Mapping[int, str]) -> dict[str, int]:
    """Counts of everything that may not happen, and of what did."""
    stored = _decided()
    done = _effects()
    told = {(row["thread"], row["label"]): row["value"] for row in stored.values()}
    wrong = sum(
        1 for place, answers in done.items() for answer in answers if answer != told.get(place)
    )
    return {
        "acknowledged": len(acknowledged),
        "decisions": len(stored),
        "effects": sum(map(len, done.values())),
        "lost": sum(
            1
            for pk, value in acknowledged.items()
            if pk not in stored or stored[pk]["value"] != value
        ),
        "not_applied": sum(1 for place, value in told.items() if value not in done.get(place, ())),
        "duplicate": len(stored) - len(told),
        "wrong": wrong,
        "without_audit": _without_audit(),
        "stuck": Run.objects.active().count(),
        "failed": Run.objects.filter(status=Run.Status.ERROR).count(),
        "not_settled": Interrupt.objects.open().count(),
    }


NEVER = (
    "lost",
    "not_applied",
    "duplicate",
    "wrong",
    "without_audit",
    "stuck",
    "failed",
    "not_settled",
)


def insist(counts: Mapping[str, Any], *, never: tuple[str, ...] = NEVER) -> None:
    """Raises Broken with every count that ought to be zero."""
    if bad := {name: counts[name] for name in never if counts[name]}:
        raise Broken(f"{bad} in {dict(counts)}")


def _decided() -> dict[int, dict[str, Any]]:
    rows = Decision.objects.select_related("interrupt__run").all()
    return {
        row.interrupt_id: {
            "thread": row.interrupt.run.thread_id,
            "label": row.interrupt.request["question"],
            "value": row.resume_value,
        }
        for row in rows
    }


def _effects() -> dict[tuple[str, str], list[str]]:
    """What each question's node acted on; twice the same is a node that ran twice, and allowed."""
    done: dict[tuple[str, str], list[str]] = defaultdict(list)
    if effects_file().exists():
        for line in effects_file().read_text().splitlines():
            effect = json.loads(line)
            done[effect["thread"], effect["label"]].append(effect["answer"])
    return done


def _without_audit() -> int:
    """Decisions whose entry is missing, or is there twice; those taken back have an entry more."""
    told = Counter(AuditEntry.objects.filter(action="question.decided").values_list(_QUESTION))
    told -= Counter(AuditEntry.objects.filter(action="decision.undone").values_list(_QUESTION))
    decided = Counter(Decision.objects.values_list(_QUESTION))
    return (told - decided).total() + (decided - told).total()
