"""The story of a run and of its questions, told from the audit entries."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType

from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from approvals.hiding.covering import Cover
from approvals.models import AuditEntry, Decision, Interrupt, Run
from approvals.models.audit_actions import action_label
from approvals.stored import title_of
from approvals.web.runs.deltas import Delta
from approvals.web.showing.moments import span
from approvals.web.showing.words import said, verb_word

_ENTRIES = {
    "run.started": (_("Started"), "", "play"),
    "run.finished": (_("Finished"), "ok", "circle-check"),
    "run.failed": (_("Failed"), "bad", "circle-x"),
    "run.cancelled": (_("Cancelled"), "", "circle-slash"),
    "run.found": (_("Found on its server"), "", "search"),
    "run.retried": (_("Tried again"), "", "refresh-cw"),
    "run.forked": (_("Forked"), "", "workflow"),
    "comment.added": (_("Comment"), "", "message-square"),
    "comment.withdrawn": (_("Comment withdrawn"), "", "message-square"),
    "question.asked": (_("Asked a person"), "", "message-square"),
    "question.applied": (_("Went on with the answer"), "ok", "check"),
    "question.superseded": (_("Question withdrawn"), "", "circle-slash"),
    "question.stale": (_("Asked again"), "", "refresh-cw"),
    "question.orphaned": (_("Question lost its run"), "bad", "circle-alert"),
    "question.expired": (_("Question expired"), "", "clock"),
    "question.cancelled": (_("Question cancelled"), "", "circle-slash"),
    "question.held": (_("Question held"), "wait", "circle-pause"),
    "decision.undone": (_("Decision taken back"), "", "undo-2"),
    "question.overdue": (_("Nobody answered in time"), "wait", "clock"),
    "question.escalated": (_("Handed to the supervisors"), "wait", "clock"),
    "question.timeout_failed": (_("The deadline could not be applied"), "bad", "circle-alert"),
    "question.claimed": (_("Question claimed"), "", "user"),
    "question.unclaimed": (_("Question unclaimed"), "", "user"),
    "question.assigned": (_("Question assigned"), "", "user"),
    "question.snoozed": (_("Question snoozed"), "", "clock"),
    "question.woken": (_("Question woken"), "", "clock"),
    "question.released": (_("Question can be answered again"), "", "play"),
}
_NOW = {
    Run.Status.PENDING: (_("Waits for a worker"), "busy", "loader-circle"),
    Run.Status.RUNNING: (_("Running"), "busy", "loader-circle"),
    Run.Status.INTERRUPTED: (_("Waits for a person"), "wait", "circle-pause"),
}
_DECIDED = {"reject": ("bad", "circle-x"), "respond": ("ok", "message-square")}


@dataclass(frozen=True, kw_only=True)
class Moment:
    """One line of a timeline; without `at` it is going on now, `until` then.

    `waited` says how long a question had been open when it was decided, `took` how long a step was
    at work, or why that is not known. `href` leads to what it left behind.
    """

    what: str
    tone: str
    icon: str
    detail: str = ""
    waited: str = ""
    took: str = ""
    href: str = ""
    at: datetime | None = None
    until: datetime | None = None
    delta: Delta | None = None


def story(
    run: Run, entries: Iterable[AuditEntry], deltas: Mapping[int, Delta] = MappingProxyType({})
) -> list[Moment]:
    """What happened in a run, oldest first, ending with what it does now."""
    told, asked = [], dict[int | None, datetime]()
    for entry in entries:
        if entry.action == "question.asked":
            asked[entry.interrupt_id] = entry.at
        waited = _waited(entry, asked.get(entry.interrupt_id))
        told.append(replace(moment_of(entry), waited=waited, delta=deltas.get(entry.seq)))
    return [*told, *_now(run)]


def _waited(entry: AuditEntry, since: datetime | None) -> str:
    if entry.action != "question.decided" or since is None:
        return ""
    return gettext("waited %(span)s") % {"span": span(entry.at - since)}


def _now(run: Run) -> Iterator[Moment]:
    """What a run does that has not ended; with every answer given it waits for their windows."""
    if run.status not in _NOW:
        return
    what, tone, icon = _NOW[Run.Status(run.status)]
    if run.status != Run.Status.INTERRUPTED:
        yield Moment(what=what, tone=tone, icon=icon)
        return
    owed = run.interrupts.filter(status__in=Interrupt.OPEN)
    until = dict(owed.values_list("pk", "decision__effective_at")).values()
    if not until or None in until:
        yield Moment(what=what, tone=tone, icon=icon)
    elif (last := max(until)) > timezone.now():
        yield Moment(what=gettext("Decided, goes on"), tone="busy", icon="clock", until=last)
    else:
        what, tone, icon = _NOW[Run.Status.PENDING]
        yield Moment(what=what, tone=tone, icon=icon)


def covered(moments: Iterable[Moment], cover: Cover) -> list[Moment]:
    """What happened, without what somebody has to say before they see it."""
    return [
        replace(
            moment,
            detail=cover.over_text(moment.detail),
            delta=moment.delta and moment.delta.covered(cover),
        )
        for moment in moments
    ]


def moment_of(entry: AuditEntry) -> Moment:
    if entry.action == "question.decided":
        return _decided(entry)
    what, tone, icon = _ENTRIES.get(entry.action, (action_label(entry.action), "", "circle-dot"))
    return Moment(what=what, tone=tone, icon=icon, detail=_detail(entry), at=entry.at)


def _decided(entry: AuditEntry) -> Moment:
    verb = entry.data.get("verb", "")
    tone, icon = _DECIDED.get(verb, ("ok", "check"))
    by = gettext("the system") if _is_silence(entry) else entry.actor
    decided = verb_word(entry.interrupt, verb).capitalize()
    what = gettext("%(decided)s by %(who)s") % {"decided": decided, "who": by}
    return Moment(
        what=what,
        tone=tone,
        icon=icon,
        detail=said(
            entry.data.get("reason") or "",
            entry.data.get("decisions") or [],
            code=entry.data.get("reason_code", ""),
        ),
        at=entry.at,
    )


def _detail(entry: AuditEntry) -> str:
    data = entry.data
    if entry.action == "run.failed":
        return f"{data.get('type', 'Error')}: {data.get('message', '')}"
    if entry.action == "question.asked" and entry.interrupt:
        return title_of(entry.interrupt)
    if entry.action == "run.retried":
        who = {"who": entry.actor}
        if data.get("reask"):
            return gettext("by %(who)s, asking again") % who
        return gettext("by %(who)s, with the same answer") % who
    who = entry.actor if entry.actor and not _is_silence(entry) else ""
    if entry.action == "run.forked":
        return gettext("by %(who)s, into run %(run)s") % {"who": who, "run": data["child"]}
    if data.get("parent"):
        return gettext("by %(who)s, with a state of run %(run)s") % {
            "who": who,
            "run": data["parent"],
        }
    by = gettext("by %(who)s") % {"who": who} if who else ""
    why = data.get("reason") or data.get("why") or ""
    return " · ".join(part for part in (by, why) if part)


def _is_silence(entry: AuditEntry) -> bool:
    return bool(entry.data.get("via") == Decision.Via.TIMEOUT)


def entries_of(run: Run) -> list[AuditEntry]:
    """A run's entries with what a line of them names, in one query."""
    found = run.audit_entries.select_related("actor", "interrupt").order_by("seq")
    return list(
        found.only(
            "run",
            "seq",
            "action",
            "facts",
            "personal",
            "at",
            "actor__username",
            "interrupt__title",
            "interrupt__dialect",
        )
    )
