"""What happens to a question that nobody answers, and what did, in words."""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone
from django.utils.formats import date_format

from approvals.models import Interrupt
from approvals.web.moments import span


def clock(moment: datetime) -> str:
    """On the reader's clock: "14:00", with the day when that is not today."""
    local, today = timezone.localtime(moment), timezone.localdate()
    if local.date() == today:
        return date_format(local, "H:i")
    return date_format(local, "j M H:i" if local.year == today.year else "j M Y H:i")


def promise(question: Interrupt) -> str:
    """What its deadline means for a waiting question, in a sentence; empty without one."""
    if question.escalated_at is not None:
        return f"Handed to the supervisors at {clock(question.escalated_at)}: nobody had answered."
    if question.due_at is None:
        return ""
    if question.sweep_error:
        return (
            f"Needs attention: its deadline was {clock(question.due_at)} and could not be applied "
            f"({question.sweep_error}). It is tried again at {_again(question)}."
        )
    if question.sweep_at is None and question.due_at <= timezone.now():
        return f"Overdue by {span(timezone.now() - question.due_at)}. It goes on waiting."
    return _ahead(question, at=clock(question.due_at))


def then(question: Interrupt) -> str:
    """The same in a word or two, for the row of a list."""
    if question.escalated_at is not None:
        return "with the supervisors"
    if question.sweep_error:
        return "needs attention"
    if question.due_at is None or question.sweep_at is None:
        return ""
    return _THEN.get(question.on_timeout, "")


_THEN = {
    Interrupt.OnTimeout.REJECT: "then rejected",
    Interrupt.OnTimeout.ESCALATE: "then to the supervisors",
}


def silence(question: Interrupt) -> str:
    """Who decided when it was nobody, and why: "the system: nobody answered by 14:00"."""
    by = f" by {clock(question.due_at)}" if question.due_at else ""
    return f"the system: nobody answered{by}"


def _ahead(question: Interrupt, *, at: str) -> str:
    if question.sweep_at is None:
        return f"Expires at {at} if nobody answers."
    if question.on_timeout == Interrupt.OnTimeout.ESCALATE:
        return f"Handed to the supervisors at {at} if nobody answers."
    if question.on_timeout != Interrupt.OnTimeout.REJECT:
        return f"Due at {at}. After that it goes on waiting."
    if question.held_reason:
        return f"Handed to the supervisors at {at} if it is still held then."
    if not question.can_be_rejected:
        return (
            f"Handed to the supervisors at {at} if nobody answers: "
            "it was to be rejected, but it takes no rejection."
        )
    return f"Rejected automatically at {at} if nobody answers."


def _again(question: Interrupt) -> str:
    return clock(question.sweep_at) if question.sweep_at else "the next sweep"
