"""What somebody has just decided together: one press takes all of it back, while its windows last."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Max
from django.http import HttpRequest
from django.utils import timezone

from approvals.models import Decision, Interrupt
from approvals.web.decided.recent import LATEST
from approvals.web.inbox.acts import ACTS

BATCH = "latest_batch"


@dataclass(frozen=True, kw_only=True)
class Batch:
    """Questions with the version that their decision made them; `until` is the last window's end."""

    verb: str
    seen: list[tuple[int, int]]
    until: datetime

    @property
    def did(self) -> str:
        """What was done: "18 approved"."""
        return ACTS[self.verb].results.done % {"count": len(self.seen)}


def remember_batch(request: HttpRequest, verb: str, decisions: Sequence[Decision]) -> None:
    """Offer to take all of them back on whatever page comes next."""
    made = Decision.objects.filter(pk__in=[one.pk for one in decisions])
    until = made.aggregate(until=Max("effective_at"))["until"]
    if until is None or until <= timezone.now():
        return
    seen = [[one.interrupt_id, one.interrupt.version] for one in decisions]
    request.session[BATCH] = {"verb": verb, "seen": seen, "until": until.isoformat()}
    request.session.pop(LATEST, None)


def latest_batch(request: HttpRequest) -> Batch | None:
    """What of it can still be taken back. Costs nothing when there was none."""
    kept: dict[str, Any] = request.session.get(BATCH) or {}
    if not kept or datetime.fromisoformat(kept["until"]) <= timezone.now():
        return None
    rows = Interrupt.objects.filter(
        pk__in=[pk for pk, _version in kept["seen"]],
        status=Interrupt.Status.DECIDED,
        decision__actor=request.user.pk,
        decision__effective_at__gt=timezone.now(),
    )
    found = dict(rows.values_list("pk", "version"))
    seen = [(pk, version) for pk, version in kept["seen"] if found.get(pk) == version]
    if not seen:
        return None
    return Batch(verb=kept["verb"], seen=seen, until=datetime.fromisoformat(kept["until"]))
