"""What happens to a question that nobody answers, and what did, in words."""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from approvals.models import Interrupt
from approvals.web.showing.moments import span


def clock(moment: datetime) -> str:
    """On the reader's clock: "14:00", with the day when that is not today."""
    local, today = timezone.localtime(moment), timezone.localdate()
    if local.date() == today:
        return date_format(local, "H:i")
    return date_format(local, _("j M H:i") if local.year == today.year else _("j M Y H:i"))


def promise(question: Interrupt) -> str:
    """What its deadline means for a waiting question, in a sentence; empty without one."""
    if question.escalated_at is not None:
        return _("Handed to the supervisors at %(time)s: nobody had answered.") % {
            "time": clock(question.escalated_at)
        }
    if question.due_at is None:
        return ""
    if question.sweep_error:
        return _(
            "Needs attention: its deadline was %(time)s and could not be applied (%(why)s). "
            "It is tried again at %(again)s."
        ) % {
            "time": clock(question.due_at),
            "why": question.sweep_error,
            "again": _again(question),
        }
    if question.sweep_at is None and question.due_at <= timezone.now():
        return _("Overdue by %(span)s. It goes on waiting.") % {
            "span": span(timezone.now() - question.due_at)
        }
    return _ahead(question, at=clock(question.due_at))


def then(question: Interrupt) -> str:
    """The same in a word or two, for the row of a list."""
    if question.escalated_at is not None:
        return _("with the supervisors")
    if question.sweep_error:
        return _("needs attention")
    if question.due_at is None or question.sweep_at is None:
        return ""
    return str(_THEN.get(question.on_timeout, ""))


_THEN = {
    Interrupt.OnTimeout.REJECT: gettext_lazy("then rejected"),
    Interrupt.OnTimeout.ESCALATE: gettext_lazy("then to the supervisors"),
}


def silence(question: Interrupt) -> str:
    """Who decided when it was nobody, and why: "the system: nobody answered by 14:00"."""
    if question.due_at is None:
        return _("the system: nobody answered")
    return _("the system: nobody answered by %(time)s") % {"time": clock(question.due_at)}


def _ahead(question: Interrupt, *, at: str) -> str:
    if question.sweep_at is None:
        return _("Expires at %(time)s if nobody answers.") % {"time": at}
    if question.on_timeout == Interrupt.OnTimeout.ESCALATE:
        return _("Handed to the supervisors at %(time)s if nobody answers.") % {"time": at}
    if question.on_timeout != Interrupt.OnTimeout.REJECT:
        return _("Due at %(time)s. After that it goes on waiting.") % {"time": at}
    if question.held_reason:
        return _("Handed to the supervisors at %(time)s if it is still held then.") % {"time": at}
    if not question.can_be_rejected:
        return _(
            "Handed to the supervisors at %(time)s if nobody answers: "
            "it was to be rejected, but it takes no rejection."
        ) % {"time": at}
    return _("Rejected automatically at %(time)s if nobody answers.") % {"time": at}


def _again(question: Interrupt) -> str:
    return clock(question.sweep_at) if question.sweep_at else _("the next sweep")
