"""What somebody has just decided: for how long they may take it back, and where they go next."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from approvals.models import Decision, Interrupt
from approvals.web.inbox.beside import url_beside
from approvals.web.reader.chosen import chosen_by

if TYPE_CHECKING:
    from django.contrib.auth.models import User

LATELY = 25
LATEST = "latest_decision"
WAYS = {"next": _("Next question"), "list": _("The inbox"), "stay": _("Stay on the page")}


def remember(request: HttpRequest, decision: Decision) -> None:
    """Offer to take it back on whatever page comes next."""
    request.session[LATEST] = [decision.interrupt_id, decision.effective_at.isoformat()]


def latest(request: HttpRequest) -> Decision | None:
    """What this person decided last, while it can be taken back. Costs nothing otherwise."""
    pk, until = request.session.get(LATEST, (None, ""))
    if pk is None or datetime.fromisoformat(until) <= timezone.now():
        return None
    rows = Decision.objects.select_related("interrupt", "actor")
    found = rows.filter(interrupt=pk, actor=request.user.pk).first()
    return found if found and is_open(found) else None


def is_open(decision: Decision) -> bool:
    """Whether it is worth a try; the service looks again, at the database's clock."""
    return (
        decision.interrupt.status == Interrupt.Status.DECIDED
        and decision.effective_at > timezone.now()
    )


def decisions_of(user: User) -> list[Decision]:
    """Newest first; `can_be_undone` is worth a try."""
    rows = Decision.objects.filter(actor=user).select_related("interrupt", "actor")
    found = list(rows.order_by("-created_at", "-id")[:LATELY])
    for decision in found:
        decision.can_be_undone = is_open(decision)  # type: ignore[attr-defined]
    return found


def way_of(request: HttpRequest) -> str:
    return chosen_by(request).after_decision


def where_next(request: HttpRequest, pk: int, *, next_pk: int | None) -> str:
    """Where a decision leads: the next question, the list, or the question's own page."""
    way = way_of(request)
    beside = url_beside(request, next_pk if way == "next" and next_pk else pk)
    if beside:
        return beside
    if way == "list":
        return reverse("inbox")
    return reverse("interrupt", args=[next_pk if way == "next" and next_pk else pk])
