"""What the page of numbers draws: each picture with the table it was drawn from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.contrib.auth.models import User
from django.contrib.humanize.templatetags.humanize import intcomma
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from approvals.insights import charts, tables
from approvals.insights.figures import LENGTH_NAMES, QUICK_NAMES, Figures, Tally
from approvals.insights.spans import Span
from approvals.insights.tables import VERBS, Table
from approvals.models import Agent
from approvals.web.showing import moments

MOST_BARS = 12
_MINUTE = 60


@dataclass(frozen=True, kw_only=True)
class Chart:
    """A picture with the table it was drawn from."""

    title: str
    note: str
    picture: SafeString | None
    table: Table
    key: tuple[tuple[str, str], ...] = ()
    remark: str = ""

    @property
    def rows(self) -> Iterator[list[tuple[str, str]]]:
        for row in self.table.rows:
            yield [
                (said(cell, kind), kind) for cell, kind in zip(row, self.table.kinds, strict=True)
            ]

    @property
    def heads(self) -> Iterator[tuple[str, str]]:
        return zip(self.table.heads, self.table.kinds, strict=True)


def said(value: Any, kind: str) -> str:
    if value is None:
        return "—"
    if kind == "share":
        return f"{value:.0%}"
    if kind == "seconds":
        return moments.span(timedelta(seconds=value))
    if kind == "took":
        return _("%(count)d s") % {"count": value} if value < _MINUTE else said(value, "seconds")
    return intcomma(value) if kind == "number" else str(value)


def tables_of(span: Span, figures: Figures, *, with_people: bool) -> dict[str, Table]:
    """By name. How long single decisions took, and whose they are, only `with_people`."""
    titles = dict(Agent.objects.filter(pk__in=figures.agents).values_list("key", "title"))
    found = [
        tables.over_time(span, figures),
        tables.waits(figures),
        tables.of_agents(figures, titles, with_times=with_people),
        tables.of_nodes(figures, titles, with_times=with_people),
        tables.of_reasons(figures),
    ]
    if with_people:
        people = User.objects.filter(pk__in=figures.people)
        names = dict(people.values_list("pk", "username"))
        found += [tables.took(figures), tables.of_people(figures, names)]
    return {table.name: table for table in found}


def charts_of(span: Span, figures: Figures, *, with_people: bool) -> Iterator[Chart]:
    found = tables_of(span, figures, with_people=with_people)
    yield Chart(
        title=_("Asked and decided"),
        note=_("in the last %(range)s") % {"range": span.words},
        picture=charts.columns(
            title=_("Questions asked and decided over time"),
            told=_("%(asked)s asked, %(decided)s decided.")
            % {"asked": intcomma(sum(figures.asked)), "decided": intcomma(sum(figures.decided))},
            labels=[span.label(start) for start in span.starts()],
            series=[("asked", figures.asked), ("decided", figures.decided)],
        ),
        table=found["time"],
        key=(("asked", _("Asked")), ("decided", _("Decided"))),
    )
    yield Chart(
        title=_("How long questions waited"),
        note=_("from asking to deciding"),
        picture=charts.columns(
            title=_("Decisions by how long their question had waited"),
            told=_("Half within %(span)s.") % {"span": said(figures.total.median, "seconds")},
            labels=[str(name) for name in LENGTH_NAMES],
            series=[("decided", figures.waits)],
        ),
        table=found["waits"],
    )
    if with_people:
        yield _took(figures, found["took"])
    yield _verbs(_("Answers by agent"), found["agents"], list(figures.agents.values()))
    yield _verbs(_("Answers by step"), found["nodes"], list(figures.nodes.values()))
    if figures.reasons:
        yield _verbs(_("Answers by reason"), found["reasons"], list(figures.reasons.values()))
    if with_people:
        yield _verbs(_("Answers by reviewer"), found["people"], list(figures.people.values()))


def _took(figures: Figures, table: Table) -> Chart:
    total = figures.total
    half = _("Half within %(span)s, 9 of 10 within %(ninth)s.") % {
        "span": said(total.took_median, "took"),
        "ninth": said(total.took_ninth, "took"),
    }
    left_out = total.count - total.timed
    remark = ngettext(
        "%(count)s decision is left out: made from a list, by a program, by the system, or before "
        "this was counted.",
        "%(count)s decisions are left out: made from a list, by a program, by the system, or "
        "before this was counted.",
        left_out,
    ) % {"count": intcomma(left_out)}
    return Chart(
        title=_("How long deciding took"),
        note=_("from first opening a question to deciding it"),
        picture=charts.columns(
            title=_("Decisions by how long they took once the question was opened"),
            told=half,
            labels=[str(name) for name in QUICK_NAMES],
            series=[("decided", figures.took)],
        )
        if total.timed
        else None,
        table=table,
        remark=" ".join(filter(None, [half if total.timed else "", remark if left_out else ""])),
    )


def _verbs(title: str, table: Table, tallies: list[Tally]) -> Chart:
    names = table.kinds.index("number")
    rows = [
        charts.Row(
            name=" · ".join(str(part) for part in reversed(row[:names]) if part),
            note=_("%(count)s decided") % {"count": intcomma(tally.count)},
            parts=[getattr(tally, verb) for verb in VERBS],
        )
        for row, tally in zip(table.rows, tallies, strict=False)
    ][:MOST_BARS]
    left_out = len(table.rows) - len(rows)
    return Chart(
        title=title,
        note=_("the %(count)d most frequent") % {"count": MOST_BARS} if left_out else "",
        picture=charts.stacked(
            title=title, told=_("The table below has the numbers."), rows=rows, series=list(VERBS)
        )
        if rows
        else None,
        table=table,
        key=tuple(VERBS.items()),
    )
