"""Putting a question away for a while. It comes back by itself, without a job: lists leave it out until then."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from approvals.exceptions import InvalidHandling, Snoozed
from approvals.services.handling import Hand, name_of, standing, take

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    from approvals.models import Interrupt

LONGEST = timedelta(days=30)


@transaction.atomic
def snooze(
    interrupt_id: int, *, actor: User, until: datetime | None, via: str, replace: bool = False
) -> Interrupt:
    """Hide it from everybody's lists until then; None wakes it. It is never hidden past its due time.

    Raises Snoozed, with who, when somebody else put it away until another time, unless you
    replace that; InvalidHandling for a time that is past or too far away, or a question that is
    overdue; NotFound, OwnRequest, Forbidden, AlreadyDecided, NotPending.
    """
    hand = take(interrupt_id, actor=actor)
    if until is None:
        return _wake(hand, via=via)
    until = _fitting(hand, until)
    sleeper = hand.question.snoozed_by if _is_asleep(hand) else None
    if sleeper and hand.question.snoozed_until == until:
        return hand.question
    if sleeper and sleeper != hand.person and not replace:
        raise Snoozed(
            _("%(name)s snoozed this.") % {"name": sleeper}, extra=standing(hand.question)
        )
    return hand.change(
        "updated",
        "question.snoozed",
        snoozed_until=until,
        snoozed_by=hand.person,
        data={"via": via, "until": until.isoformat()},
    )


def _wake(hand: Hand, *, via: str) -> Interrupt:
    if not _is_asleep(hand):
        return hand.question
    return hand.change(
        "updated",
        "question.woken",
        snoozed_until=None,
        snoozed_by=None,
        data={"via": via, "snoozed_by": name_of(hand.question.snoozed_by)},
    )


def _is_asleep(hand: Hand) -> bool:
    until = hand.question.snoozed_until
    return until is not None and until > hand.now


def _fitting(hand: Hand, until: datetime) -> datetime:
    due = hand.question.due_at
    if due and due <= hand.now:
        raise InvalidHandling(_("This is overdue, so it cannot be put away."))
    if not hand.now < until <= hand.now + LONGEST:
        raise InvalidHandling(errors={"/until": _("must be within the next 30 days")})
    return min(until, due) if due else until
