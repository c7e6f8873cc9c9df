"""Who is on a question now, and whose job it is. Neither keeps anybody else from deciding it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from approvals import permissions
from approvals.exceptions import Claimed, InvalidHandling, Reassigned
from approvals.services.handling import Hand, name_of, standing, take

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    from approvals.models import Interrupt

CLAIM = timedelta(minutes=5)


@transaction.atomic
def claim(interrupt_id: int, *, actor: User, via: str, take_over: bool = False) -> Interrupt:
    """Tell the others that you are on it, for five minutes. Claiming again starts them anew.

    Raises Claimed, with who, while somebody else is on it, unless you take it over; NotFound,
    OwnRequest, Forbidden, AlreadyDecided, NotPending.
    """
    hand = take(interrupt_id, actor=actor)
    holder = _holder(hand)
    if holder == hand.person:
        type(hand.question).objects.filter(pk=interrupt_id).update(claimed_until=Now() + CLAIM)
        hand.question.refresh_from_db(fields=["claimed_until"])
        return hand.question
    if holder and not take_over:
        raise Claimed(_("%(name)s is on this.") % {"name": holder}, extra=standing(hand.question))
    return hand.change(
        "claimed",
        "question.claimed",
        claimed_by=hand.person,
        claimed_until=Now() + CLAIM,
        data={"via": via, "taken_over_from": name_of(holder)} if holder else {"via": via},
    )


@transaction.atomic
def release(interrupt_id: int, *, actor: User, via: str) -> Interrupt:
    """End your own claim. Without one nothing happens; somebody else's stays.

    Raises Claimed when it is somebody else's; NotFound, OwnRequest, Forbidden, AlreadyDecided,
    NotPending.
    """
    hand = take(interrupt_id, actor=actor)
    holder = _holder(hand)
    if holder is None:
        return hand.question
    if holder != hand.person:
        raise Claimed(_("%(name)s is on this.") % {"name": holder}, extra=standing(hand.question))
    return hand.change(
        "released",
        "question.unclaimed",
        claimed_by=None,
        claimed_until=None,
        data={"via": via},
    )


@transaction.atomic
def assign(
    interrupt_id: int, *, actor: User, assignee: str | None, via: str, was: str | None = ""
) -> Interrupt:
    """Make it the job of one person, or of nobody. `was` is who had it when you looked.

    Raises Reassigned, with who has it, when that has changed; InvalidHandling for somebody who
    could not decide it; NotFound, OwnRequest, Forbidden, AlreadyDecided, NotPending.
    """
    hand = take(interrupt_id, actor=actor)
    has = name_of(hand.question.assignee)
    if has == assignee:
        return hand.question
    if was != "" and has != was:
        told = _("Nobody has this any more.")
        if has:
            told = _("This is assigned to %(name)s meanwhile.") % {"name": has}
        raise Reassigned(told, extra=standing(hand.question))
    person = _fit(assignee, hand.question) if assignee is not None else None
    return hand.change(
        "updated",
        "question.assigned",
        assignee=person,
        data={"via": via, "assignee": assignee, "before": has},
    )


def _holder(hand: Hand) -> User | None:
    """Whose claim has not run out."""
    until = hand.question.claimed_until
    return hand.question.claimed_by if until and until > hand.now else None


def _fit(name: str, question: Interrupt) -> User:
    found = get_user_model().objects.filter(username=name, is_active=True).first()
    if found is None or not permissions.can_decide(found, question):
        told = _("%(name)s cannot decide this question.") % {"name": name}
        raise InvalidHandling(errors={"/assignee": told})
    return found
