"""How a request stands, in the words its asker is told, by the API and by a callback alike."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.db.models import Q, QuerySet
from django.db.models.functions import Now
from django.urls import reverse

from approvals.models import ExternalRequest, Interrupt, Run
from approvals.policy.reasons import in_full

PENDING, DECIDED, EXPIRED, CANCELLED = "pending", "decided", "expired", "cancelled"
STATUSES = (PENDING, DECIDED, EXPIRED, CANCELLED)


def standing_rows() -> QuerySet[ExternalRequest]:
    """Requests with all that `status_of` and `as_told` look at. The clock is the database's."""
    return ExternalRequest.objects.select_related(
        "run", "interrupt__decision__actor", "requested_by"
    ).annotate(is_past=Q(interrupt__expires_at__lte=Now()))


def status_of(request: ExternalRequest) -> str:
    """The truth now: decided means for good, past any undo window; expired counts from the moment."""
    run, question = request.run, request.interrupt
    if run.status == Run.Status.SUCCESS:
        return DECIDED
    if question.status == Interrupt.Status.EXPIRED:
        return EXPIRED
    if question.status == Interrupt.Status.PENDING and request.is_past:
        return EXPIRED
    if run.status == Run.Status.CANCELLED or run.intent == Run.Intent.CANCEL:
        return CANCELLED
    return PENDING


def as_told(request: ExternalRequest) -> dict[str, Any]:
    """What both the API and a callback say of a request: how it stands, and what was decided."""
    status = status_of(request)
    return {
        "id": request.pk,
        "status": status,
        "title": request.interrupt.title,
        "metadata": request.run.metadata,
        "created_at": _moment(request.run.created_at),
        "expires_at": _moment(request.interrupt.expires_at),
        "url": settings.PUBLIC_URL.geturl().rstrip("/")
        + reverse("interrupt", args=[request.interrupt_id]),
        **_decision(request, is_decided=status == DECIDED),
    }


def _decision(request: ExternalRequest, *, is_decided: bool) -> dict[str, Any]:
    """Nothing of a decision is told while it can still be taken back."""
    if not is_decided:
        return {"decisions": None, "decided_by": None, "decided_at": None, "reason": ""}
    made = request.interrupt.decision
    return {
        "decisions": made.resume_value,
        "decided_by": made.actor.get_username(),
        "decided_at": _moment(made.created_at),
        "reason": in_full(made.reason_code, made.reason),
    }


def _moment(at: datetime | None) -> str | None:
    """As all of the API writes it."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z") if at else None
