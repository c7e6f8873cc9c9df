"""How long each step of a run took, as far as its checkpoints tell."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from heapq import merge

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from approvals.models import Checkpoint, Run
from approvals.services.history import Reading, reading_of, want_history
from approvals.web.runs.history import Moment
from approvals.web.showing.moments import took

MOST = 300
"""States on one page; the API lists all of them."""

_PAUSED, _FAILED = _("paused for a person"), _("failed and tried again")


@dataclass(frozen=True, kw_only=True)
class Length:
    """`stood` says why a run stood still in between: the time until then is not the step's."""

    took: timedelta
    stood: str | Promise = ""

    def __str__(self) -> str:
        return str(self.stood) or took(self.took)


@dataclass(frozen=True, kw_only=True)
class _Stop:
    at: datetime
    why: str | Promise
    checkpoint_id: str = ""


def states_of(run: Run, *, most: int) -> list[Checkpoint]:
    """The latest that were read, newest first, without what is in them."""
    return list(run.checkpoints.defer("state").order_by("-checkpoint_id")[:most])


def lengths_of(run: Run, rows: Iterable[Checkpoint]) -> dict[str, Length]:
    """By the checkpoint that a step left behind; none where the one before is not known."""
    known = {row.checkpoint_id: row for row in rows}
    stops = list(_stops(run, known))
    return {
        row.checkpoint_id: _length(known[row.before_id], row, stops)
        for row in known.values()
        if row.steps and row.before_id in known
    }


def length_of(found: Checkpoint) -> Length | None:
    before = found.run.checkpoints.filter(checkpoint_id=found.before_id).defer("state")
    return lengths_of(found.run, [found, *before]).get(found.checkpoint_id)


def _stops(run: Run, known: Mapping[str, Checkpoint]) -> Iterator[_Stop]:
    """A question asked within a graph of a step names none of these checkpoints, but has a time."""
    asked = run.interrupts.order_by("id").values_list("checkpoint_id", "created_at")
    for checkpoint_id, at in asked:
        yield _Stop(at=at, why=_PAUSED, checkpoint_id=checkpoint_id * (checkpoint_id in known))
    failed = run.audit_entries.filter(action="run.failed").order_by("seq")
    for at in failed.values_list("at", flat=True):
        yield _Stop(at=at, why=_FAILED)


def _length(before: Checkpoint, after: Checkpoint, stops: Sequence[_Stop]) -> Length:
    for stop in stops:
        is_within = before.created_at <= stop.at <= after.created_at
        if stop.checkpoint_id == before.checkpoint_id or (not stop.checkpoint_id and is_within):
            return Length(took=after.created_at - before.created_at, stood=stop.why)
    return Length(took=after.created_at - before.created_at)


@dataclass(frozen=True, kw_only=True)
class Stepwise:
    """A run's story with its steps in it, and how far a worker has read them."""

    moments: list[Moment]
    reading: Reading
    problem: str


def stepwise(run: Run, moments: Sequence[Moment]) -> Stepwise:
    """Has a worker read on where the run went on."""
    history = want_history(run)
    rows = states_of(run, most=MOST)
    return Stepwise(
        moments=_with_steps(moments, rows, lengths_of(run, rows)),
        reading=reading_of(run, history),
        problem=history.problem,
    )


def _with_steps(
    moments: Sequence[Moment], rows: Iterable[Checkpoint], lengths: Mapping[str, Length]
) -> list[Moment]:
    """What happened, and between it the steps, each at the time it ended."""
    past = [one for one in moments if one.at]
    steps = [_moment(row, lengths.get(row.checkpoint_id)) for row in rows if row.steps]
    told = merge(past, sorted(steps, key=_at), key=_at)
    return [*told, *moments[len(past) :]]


def _at(moment: Moment) -> datetime:
    assert moment.at
    return moment.at


def _moment(row: Checkpoint, length: Length | None) -> Moment:
    return Moment(
        what=", ".join(row.steps),
        tone="",
        icon="circle-dot",
        href=reverse("checkpoint", args=[row.run_id, row.checkpoint_id]),
        took=_words(length),
        at=row.created_at,
    )


def _words(length: Length | None) -> str:
    if length is None or length.stood:
        return str(length or "")
    return gettext("took %(span)s") % {"span": length}
