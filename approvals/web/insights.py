"""The page of numbers: what waits and for how long, how it is decided, where the queue is heading."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.contrib.auth.models import User
from django.contrib.humanize.templatetags.humanize import intcomma
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from approvals.insights import charts, tables
from approvals.insights.figures import LENGTH_NAMES, Figures, Tally, count
from approvals.insights.forecast import SLIGHT, Forecast, forecast
from approvals.insights.spans import RANGES, Span, span_named
from approvals.insights.tables import VERBS, Table
from approvals.models import Agent, Interrupt
from approvals.permissions import sees_everything, sees_people
from approvals.web import moments
from approvals.web.shell import page, private, signed_in

MOST_WAITING = 10_000
"""Counting stops there; "10,000+" says enough."""

MOST_BARS = 12


@dataclass(frozen=True, kw_only=True)
class Chart:
    """A picture with the table it was drawn from."""

    title: str
    note: str
    picture: SafeString | None
    table: Table
    key: tuple[tuple[str, str], ...] = ()

    @property
    def rows(self) -> Iterator[list[tuple[str, str]]]:
        for row in self.table.rows:
            yield [
                (said(cell, kind), kind) for cell, kind in zip(row, self.table.kinds, strict=True)
            ]

    @property
    def heads(self) -> Iterator[tuple[str, str]]:
        return zip(self.table.heads, self.table.kinds, strict=True)


@require_GET
@signed_in
def insights(request: HttpRequest) -> HttpResponse:
    span, figures = _counted(request)
    waiting, overdue = _queue(request)
    ahead = forecast(
        span, waiting=waiting, asked=figures.asked, decided=figures.decided, now=timezone.now()
    )
    return page(
        request,
        "insights.html",
        section="insights",
        span=span,
        ranges=[(key, words) for key, (words, *rest) in RANGES.items()],
        total=figures.total,
        decided=sum(figures.decided),
        nth=figures.nth,
        waiting=waiting,
        overdue=overdue,
        most_waiting=MOST_WAITING,
        ahead=ahead,
        heading=heading(ahead, is_all=waiting <= MOST_WAITING),
        unchanged=said(figures.total.share("approve"), "share"),
        median=said(figures.total.median, "seconds"),
        ninth=said(figures.total.ninth, "seconds"),
        charts=_charts(span, figures, with_people=sees_people(request.user)),
        sees_all=sees_everything(request.user),
    )


@require_GET
@signed_in
def table(request: HttpRequest, name: str) -> HttpResponse:
    """One of the page's tables, as CSV."""
    if name == "people" and not sees_people(request.user):
        raise PermissionDenied(_("Numbers of single reviewers take a right of their own."))
    span, figures = _counted(request)
    found = next((one for one in _tables(span, figures) if one.name == name), None)
    if found is None:
        raise Http404
    response = private(HttpResponse(found.csv(), content_type="text/csv; charset=utf-8"))
    response["Content-Disposition"] = f'attachment; filename="{name}-{span.key}.csv"'
    return response


def _counted(request: HttpRequest) -> tuple[Span, Figures]:
    span = span_named(request.GET.get("range", ""), now=timezone.now())
    person = None if sees_everything(request.user) else request.user.pk
    return span, count(span, person=person)


def _queue(request: HttpRequest) -> tuple[int, int]:
    """How many wait and how many of them are overdue, each counted up to one beyond the limit."""
    pending = Interrupt.objects.visible_to(request.user).pending().order_by()
    overdue = pending.filter(due_at__lte=timezone.now())
    return pending[: MOST_WAITING + 1].count(), overdue[: MOST_WAITING + 1].count()


def heading(ahead: Forecast, *, is_all: bool) -> str:
    """The forecast as a sentence."""
    if not ahead.waiting:
        return _("Nothing waits.")
    if ahead.empty_in is not None and is_all:
        told = _("At this pace the queue is empty in about %(span)s.")
        return told % {"span": moments.span(ahead.empty_in)}
    if ahead.growth > SLIGHT:
        told = _("The queue grows by about %(count)s an hour.")
        return told % {"count": number_format(ahead.growth, 1)}
    if ahead.growth < -SLIGHT:
        told = _("The queue shrinks by about %(count)s an hour.")
        return told % {"count": number_format(-ahead.growth, 1)}
    return _("The queue keeps its length.")


def said(value: Any, kind: str) -> str:
    if value is None:
        return "—"
    if kind == "share":
        return f"{value:.0%}"
    if kind == "seconds":
        return moments.span(timedelta(seconds=value))
    return intcomma(value) if kind == "number" else str(value)


def _tables(span: Span, figures: Figures) -> Iterator[Table]:
    titles = dict(Agent.objects.filter(pk__in=figures.agents).values_list("key", "title"))
    people = User.objects.filter(pk__in=figures.people)
    yield tables.over_time(span, figures)
    yield tables.waits(figures)
    yield tables.of_agents(figures, titles)
    yield tables.of_nodes(figures, titles)
    yield tables.of_people(figures, dict(people.values_list("pk", "username")))


def _charts(span: Span, figures: Figures, *, with_people: bool) -> Iterator[Chart]:
    time, waits, agents, nodes, people = _tables(span, figures)
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
        table=time,
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
        table=waits,
    )
    yield _verbs(_("Answers by agent"), agents, list(figures.agents.values()))
    yield _verbs(_("Answers by step"), nodes, list(figures.nodes.values()))
    if with_people:
        yield _verbs(_("Answers by reviewer"), people, list(figures.people.values()))


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
