"""The words and tones pages use for statuses and verbs: one table each, nowhere else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from approvals.models import Decision, Interrupt, Run
from approvals.web.wording import wording

CLOSED = {
    Interrupt.Status.SUPERSEDED: "asked again",
    Interrupt.Status.STALE: "out of date",
    Interrupt.Status.ORPHANED: "no longer in the run",
    Interrupt.Status.EXPIRED: "expired",
    Interrupt.Status.CANCELLED: "cancelled",
}
RUN_WORDS = {
    Run.Status.PENDING: ("Queued", "busy", "loader-circle"),
    Run.Status.RUNNING: ("Running", "busy", "loader-circle"),
    Run.Status.INTERRUPTED: ("Waiting for a person", "warn", "circle-pause"),
    Run.Status.SUCCESS: ("Finished", "ok", "circle-check"),
    Run.Status.ERROR: ("Failed", "bad", "circle-x"),
    Run.Status.CANCELLED: ("Cancelled", "", "circle-slash"),
}


def verdict(interrupt: Interrupt) -> str:
    """How a question ended, as it follows its title: "approved by bob"; empty while it waits."""
    if interrupt.status in CLOSED:
        return CLOSED[Interrupt.Status(interrupt.status)]
    decision = getattr(interrupt, "decision", None)
    if interrupt.is_pending or decision is None:
        return ""
    return f"{verb_word(interrupt, decision.verb)} by {decision.actor}"


def verb_word(interrupt: Interrupt | None, verb: str) -> str:
    """What somebody did to a question: "approved", "step skipped"."""
    verdicts = wording(interrupt.dialect if interrupt else "").verdicts
    return verdicts.get(verb, "decided")


def done(interrupt: Interrupt, decision: Decision) -> str:
    """The sentence after a decision was sent."""
    said = f"{verb_word(interrupt, decision.verb).capitalize()}."
    ends = decision.verb == "reject" and wording(interrupt.dialect).reject_ends_run
    return said if ends else f"{said} The run goes on."


def said(reason: str, decisions: Sequence[Mapping[str, Any]]) -> str:
    """What the reviewer said with a decision: the reason for all of it, else with single actions."""
    return reason or " · ".join(filter(None, (one.get("message") for one in decisions)))
