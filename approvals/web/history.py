"""The story of a run and of its questions, told from the audit entries."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType

from approvals.models import AuditEntry, Decision, Run
from approvals.web.deltas import Delta
from approvals.web.words import said, verb_word

_ENTRIES = {
    "run.started": ("Started", "", "play"),
    "run.finished": ("Finished", "ok", "circle-check"),
    "run.failed": ("Failed", "bad", "circle-x"),
    "run.cancelled": ("Cancelled", "", "circle-slash"),
    "run.found": ("Found on its server", "", "search"),
    "run.retried": ("Tried again", "", "refresh-cw"),
    "run.forked": ("Forked", "", "workflow"),
    "comment.added": ("Comment", "", "message-square"),
    "comment.withdrawn": ("Comment withdrawn", "", "message-square"),
    "question.asked": ("Asked a person", "", "message-square"),
    "question.applied": ("Went on with the answer", "ok", "check"),
    "question.superseded": ("Question withdrawn", "", "circle-slash"),
    "question.stale": ("Asked again", "", "refresh-cw"),
    "question.orphaned": ("Question lost its run", "bad", "circle-alert"),
    "question.expired": ("Question expired", "", "clock"),
    "question.cancelled": ("Question cancelled", "", "circle-slash"),
    "question.held": ("Question held", "wait", "circle-pause"),
    "decision.undone": ("Decision taken back", "", "undo-2"),
    "question.overdue": ("Nobody answered in time", "wait", "clock"),
    "question.escalated": ("Handed to the supervisors", "wait", "clock"),
    "question.timeout_failed": ("The deadline could not be applied", "bad", "circle-alert"),
    "question.released": ("Question can be answered again", "", "play"),
}
_NOW = {
    Run.Status.PENDING: ("Waits for a worker", "busy", "loader-circle"),
    Run.Status.RUNNING: ("Running", "busy", "loader-circle"),
    Run.Status.INTERRUPTED: ("Waits for a person", "wait", "circle-pause"),
}
_DECIDED = {"reject": ("bad", "circle-x"), "respond": ("ok", "message-square")}


@dataclass(frozen=True, kw_only=True)
class Moment:
    """One line of a timeline; without `at` it is going on now."""

    what: str
    tone: str
    icon: str
    detail: str = ""
    at: datetime | None = None
    delta: Delta | None = None


def story(
    run: Run, entries: Iterable[AuditEntry], deltas: Mapping[int, Delta] = MappingProxyType({})
) -> list[Moment]:
    """What happened in a run, oldest first, ending with what it does now."""
    told = [replace(moment_of(entry), delta=deltas.get(entry.seq)) for entry in entries]
    if run.status in _NOW:
        what, tone, icon = _NOW[Run.Status(run.status)]
        told.append(Moment(what=what, tone=tone, icon=icon))
    return told


def moment_of(entry: AuditEntry) -> Moment:
    if entry.action == "question.decided":
        return _decided(entry)
    what, tone, icon = _ENTRIES.get(entry.action, (_words(entry.action), "", "circle-dot"))
    return Moment(what=what, tone=tone, icon=icon, detail=_detail(entry), at=entry.at)


def _decided(entry: AuditEntry) -> Moment:
    verb = entry.data.get("verb", "")
    tone, icon = _DECIDED.get(verb, ("ok", "check"))
    by = "the system" if _is_silence(entry) else entry.actor
    what = f"{verb_word(entry.interrupt, verb).capitalize()} by {by}"
    return Moment(
        what=what,
        tone=tone,
        icon=icon,
        detail=said(entry.data.get("reason") or "", entry.data.get("decisions") or []),
        at=entry.at,
    )


def _detail(entry: AuditEntry) -> str:
    data = entry.data
    if entry.action == "run.failed":
        return f"{data.get('type', 'Error')}: {data.get('message', '')}"
    if entry.action == "question.asked" and entry.interrupt:
        return entry.interrupt.title
    if entry.action == "run.retried":
        how = "asking again" if data.get("reask") else "with the same answer"
        return f"by {entry.actor}, {how}"
    by = f"by {entry.actor}" if entry.actor and not _is_silence(entry) else ""
    if entry.action == "run.forked":
        return f"{by}, into run {data['child']}"
    if data.get("parent"):
        return f"{by}, with a state of run {data['parent']}"
    why = data.get("reason") or data.get("why") or ""
    return " · ".join(part for part in (by, why) if part)


def _is_silence(entry: AuditEntry) -> bool:
    return bool(entry.data.get("via") == Decision.Via.TIMEOUT)


def _words(action: str) -> str:
    return action.replace(".", " ").replace("_", " ").capitalize()


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
