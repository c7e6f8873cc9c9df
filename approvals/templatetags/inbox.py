"""What templates of the inbox, and of who takes care of a question, need."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from django import template
from django.template.context import Context
from django.utils import timezone

from approvals.models import Interrupt
from approvals.permissions import can_decide
from approvals.policy import terms_of
from approvals.services.handling import name_of
from approvals.web.filters import InboxFilters
from approvals.web.reader.chosen import chosen_by
from approvals.web.review.people import reviewers
from approvals.web.showing.moments_ahead import LABELS

register = template.Library()
_IN_BULK = (Interrupt.Risk.LOW, Interrupt.Risk.MEDIUM)


@dataclass(frozen=True, kw_only=True)
class Handling:
    """How a question is taken care of, as one person sees it."""

    is_mine: bool
    holder: str | None
    held_until: Any
    assignee: str | None
    snoozed_until: Any
    may: bool
    people: list[str]
    snoozes: list[tuple[str, str]]


@register.simple_tag(takes_context=True)
def handling(context: Context, interrupt: Interrupt) -> Handling:
    user, now = context["user"], timezone.now()
    may = interrupt.is_pending and can_decide(user, interrupt)
    claimed, snoozed = interrupt.claimed_until, interrupt.snoozed_until
    holder = name_of(interrupt.claimed_by) if claimed and claimed > now else None
    return Handling(
        is_mine=holder == user.get_username(),
        holder=holder,
        held_until=claimed,
        assignee=name_of(interrupt.assignee),
        snoozed_until=snoozed if snoozed and snoozed > now else None,
        may=may,
        people=reviewers() if may else [],
        snoozes=LABELS,
    )


@register.simple_tag(takes_context=True)
def preferences(context: Context) -> dict[str, Any]:
    """How this person wants the pages."""
    chosen = chosen_by(context["request"])
    shown = {name: getattr(chosen, name) for name in ("keys_on", "keys", "density", "live_on")}
    return shown | {"keys_json": json.dumps(chosen.keys)}


@register.filter
def beside(filters: InboxFilters, pk: int) -> str:
    """The same list with this question beside it."""
    return filters.beside(pk)


@register.filter
def holder(interrupt: Interrupt) -> str:
    """Who is on it right now."""
    until = interrupt.claimed_until
    return name_of(interrupt.claimed_by) or "" if until and until > timezone.now() else ""


@register.filter
def fits_bulk(interrupt: Interrupt) -> bool:
    """Whether it may be decided together with others."""
    return interrupt.risk in _IN_BULK and terms_of(interrupt).bulk
