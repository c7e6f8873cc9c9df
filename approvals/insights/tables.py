"""The numbers as tables: behind each chart, and for download."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from io import StringIO
from typing import Any

from django.utils.translation import gettext_lazy as _

from approvals.audit.sheet import harmless
from approvals.insights.figures import LENGTH_NAMES, QUICK_NAMES, Figures, Tally
from approvals.insights.spans import Span

VERBS = {
    "approve": _("Approved"),
    "edit": _("Approved with edits"),
    "reject": _("Rejected"),
    "respond": _("Responded"),
    "mixed": _("Mixed"),
}
MOST_ROWS = 200
_UNITS = {
    "share": _("%(head)s, share"),
    "seconds": _("%(head)s, in seconds"),
    "took": _("%(head)s, in seconds"),
}
_TIMES: tuple[tuple[Any, str], ...] = (
    (_("With a decision time"), "number"),
    (_("Median decision"), "took"),
    (_("9 of 10 decided within"), "took"),
)
_TALLY = (
    (_("Decided"), "number"),
    *((word, "share") for word in VERBS.values()),
    (_("Median wait"), "seconds"),
    (_("9 of 10 within"), "seconds"),
)


@dataclass(frozen=True, kw_only=True)
class Table:
    """`kinds` say how a column's values read: text, number, share or seconds."""

    name: str
    heads: Sequence[Any]
    kinds: Sequence[str]
    rows: Sequence[Sequence[Any]]

    def csv(self) -> str:
        """For a spreadsheet: numbers as they are, and nothing that it would run."""
        file = StringIO()
        write = csv.writer(file).writerow
        write(
            _UNITS.get(kind, "%(head)s") % {"head": head}
            for head, kind in zip(self.heads, self.kinds, strict=True)
        )
        for row in self.rows:
            write(harmless(value) for value in row)
        return file.getvalue()


def over_time(span: Span, figures: Figures) -> Table:
    starts = [start.isoformat(timespec="minutes") for start in span.starts()]
    return Table(
        name="time",
        heads=[_("From"), _("Asked"), _("Decided")],
        kinds=["text", "number", "number"],
        rows=list(zip(starts, figures.asked, figures.decided, strict=True)),
    )


def waits(figures: Figures) -> Table:
    return Table(
        name="waits",
        heads=[_("Waited up to"), _("Decided")],
        kinds=["text", "number"],
        rows=list(zip(LENGTH_NAMES, figures.waits, strict=True)),
    )


def took(figures: Figures) -> Table:
    return Table(
        name="took",
        heads=[_("Decided within"), _("Decided")],
        kinds=["text", "number"],
        rows=list(zip(QUICK_NAMES, figures.took, strict=True)),
    )


def of_agents(figures: Figures, titles: Mapping[str, str], *, with_times: bool) -> Table:
    rows = ([titles.get(key, key)] for key in figures.agents)
    tallies = figures.agents.values()
    return _tallies("agents", [_("Agent")], rows, tallies, with_times=with_times)


def of_nodes(figures: Figures, titles: Mapping[str, str], *, with_times: bool) -> Table:
    rows = ([titles.get(agent, agent), node] for agent, node in figures.nodes)
    tallies = figures.nodes.values()
    return _tallies("nodes", [_("Agent"), _("Step")], rows, tallies, with_times=with_times)


def of_people(figures: Figures, names: Mapping[int, str]) -> Table:
    rows = ([names.get(pk, str(pk))] for pk in figures.people)
    return _tallies("people", [_("Reviewer")], rows, figures.people.values(), with_times=True)


def of_reasons(figures: Figures) -> Table:
    rows = ([reason] for reason in figures.reasons)
    return _tallies("reasons", [_("Reason")], rows, figures.reasons.values(), with_times=False)


def _tallies(
    name: str,
    heads: list[Any],
    keys: Iterable[list[Any]],
    tallies: Iterable[Tally],
    *,
    with_times: bool,
) -> Table:
    columns = (*_TALLY, *(_TIMES if with_times else ()))
    rows = [
        [*key, tally.count, *(round(tally.share(verb), 4) for verb in VERBS),
         _seconds(tally.median), _seconds(tally.ninth), *(_times(tally) if with_times else ())]
        for key, tally in zip(keys, tallies, strict=True)
    ]  # fmt: skip
    return Table(
        name=name,
        heads=[*heads, *(head for head, kind in columns)],
        kinds=[*("text" for head in heads), *(kind for head, kind in columns)],
        rows=rows[:MOST_ROWS],
    )


def _times(tally: Tally) -> tuple[int | None, ...]:
    return tally.timed, _seconds(tally.took_median), _seconds(tally.took_ninth)


def _seconds(value: float | None) -> int | None:
    return None if value is None else round(value)
