"""Earlier states in words: what led there, what comes next, what changed on the way."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Self

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from approvals import schemaform
from approvals.exceptions import Conflict
from approvals.models import Checkpoint, Run
from approvals.services.forks import refuse_to_fork
from approvals.web.runs.steps import Length

MOST_CHANGES = 100

_SOURCES = {
    "input": _("Input"),
    "update": _("Changed from outside"),
    "fork": _("Forked in place"),
}


@dataclass(frozen=True, kw_only=True)
class Past:
    """One state in a list. `then` names the steps that ran from it; none at the end.

    `length` is that of the steps that led there.
    """

    checkpoint_id: str
    label: str
    then: str
    step: int
    at: datetime
    length: Length | None = None

    @classmethod
    def of(cls, row: Checkpoint, *, run: Run, length: Length | None = None) -> Self:
        return cls(
            checkpoint_id=row.checkpoint_id,
            label=label_of(row, run=run),
            then=", ".join(row.next) or (gettext("the first step") if row.is_input else ""),
            step=row.step,
            at=row.created_at,
            length=length,
        )


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """A state against the next one. `changes` is None where one of them is too large."""

    after: Past
    changes: list[schemaform.Change] | None
    more: int = 0


def label_of(row: Checkpoint, *, run: Run) -> str:
    if row.source == "fork" and not row.before_id and run.parent_id:
        return gettext("Begun with a state of run %(pk)s") % {"pk": run.parent_id}
    if row.steps:
        return gettext("After %(steps)s") % {"steps": ", ".join(row.steps)}
    return str(_SOURCES.get(row.source, _("Start")))


def comparison(found: Checkpoint) -> Comparison | None:
    """None for the last state there is."""
    after = found.following()
    if after is None:
        return None
    told = Past.of(after, run=found.run)
    if found.state is None or after.state is None:
        return Comparison(after=told, changes=None)
    changes = schemaform.diff(found.state, after.state)
    return Comparison(
        after=told, changes=changes[:MOST_CHANGES], more=max(0, len(changes) - MOST_CHANGES)
    )


def obstacle_of(found: Checkpoint) -> str:
    """Why nobody can fork this state; empty for most."""
    try:
        refuse_to_fork(found.run, found)
    except Conflict as error:
        return error.detail
    return ""
