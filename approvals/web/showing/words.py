"""The words and tones pages use for statuses and verbs: one table each, nowhere else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _

from approvals.models import Decision, Interrupt, Run
from approvals.policy.reasons import KEY, in_full, said_of
from approvals.stored import in_words
from approvals.web.showing.deadlines import silence
from approvals.web.showing.wording import wording

CLOSED = {
    Interrupt.Status.SUPERSEDED: _("withdrawn"),
    Interrupt.Status.STALE: _("out of date"),
    Interrupt.Status.ORPHANED: _("its run is gone"),
    Interrupt.Status.EXPIRED: _("expired"),
    Interrupt.Status.CANCELLED: _("cancelled"),
}
RUN_WORDS = {
    Run.Status.PENDING: (_("Queued"), "busy", "loader-circle"),
    Run.Status.RUNNING: (_("Running"), "busy", "loader-circle"),
    Run.Status.INTERRUPTED: (_("Waiting for a person"), "warn", "circle-pause"),
    Run.Status.SUCCESS: (_("Finished"), "ok", "circle-check"),
    Run.Status.ERROR: (_("Failed"), "bad", "circle-x"),
    Run.Status.CANCELLED: (_("Cancelled"), "", "circle-slash"),
}


_WHY = {
    Interrupt.Status.SUPERSEDED: _("The graph does not ask this any more."),
    Interrupt.Status.STALE: _("It is asked in other words now."),
    Interrupt.Status.ORPHANED: _("The thread it belongs to was deleted."),
    Interrupt.Status.EXPIRED: _("Nobody answered in time."),
    Interrupt.Status.CANCELLED: _("The run was cancelled."),
}


def why_closed(interrupt: Interrupt) -> str:
    """Why a question left the queue without an answer being carried out; empty for others."""
    if interrupt.status not in CLOSED:
        return ""
    return in_words(interrupt.closed_reason) or str(_WHY[Interrupt.Status(interrupt.status)])


def verdict(interrupt: Interrupt) -> str:
    """How a question ended, as it follows its title: "approved by bob"; empty while it waits."""
    if interrupt.status in CLOSED:
        return str(CLOSED[Interrupt.Status(interrupt.status)])
    decision = getattr(interrupt, "decision", None)
    if interrupt.is_pending or decision is None:
        return ""
    is_silence = decision.via == Decision.Via.TIMEOUT
    by = silence(interrupt) if is_silence else decision.actor
    return _("%(decided)s by %(who)s") % {
        "decided": verb_word(interrupt, decision.verb),
        "who": by,
    }


def verb_word(interrupt: Interrupt | None, verb: str) -> str:
    """What somebody did to a question: "approved", "step skipped"."""
    verdicts = wording(interrupt.dialect if interrupt else "").verdicts
    return str(verdicts.get(verb, _("decided")))


def done(interrupt: Interrupt, decision: Decision) -> str:
    """The sentence after a decision was sent."""
    said = f"{verb_word(interrupt, decision.verb).capitalize()}."
    ends = decision.verb == "reject" and wording(interrupt.dialect).reject_ends_run
    return said if ends else _("%(decided)s The run goes on.") % {"decided": said}


def said(reason: str, decisions: Sequence[Mapping[str, Any]], *, code: str = "") -> str:
    """What the reviewer said with a decision: the reason for all of it, and those of single actions.

    Mere words beside an action are told where nothing was said of all.
    """
    whole = in_full(code, reason)
    single = [said_of(one) for one in decisions if one.get(KEY) or not whole]
    return " · ".join(dict.fromkeys(filter(None, (whole, *single))))
