"""The page of numbers: what waits and for how long, how it is decided, where the queue is heading."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from approvals.insights.forecast import SLIGHT, Forecast, forecast
from approvals.insights.queue import MOST_WAITING, counted_for, waiting_for
from approvals.insights.spans import RANGES
from approvals.permissions import sees_everything, sees_people
from approvals.web.insights.charts import charts_of, said, tables_of
from approvals.web.shell import page, private, signed_in
from approvals.web.showing import moments

OF_PEOPLE = ("people", "took")


@require_GET
@signed_in
def insights(request: HttpRequest) -> HttpResponse:
    span, figures = counted_for(request.user, range=request.GET.get("range", ""))
    waiting, overdue = waiting_for(request.user)
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
        charts=charts_of(span, figures, with_people=sees_people(request.user)),
        sees_all=sees_everything(request.user),
    )


@require_GET
@signed_in
def table(request: HttpRequest, name: str) -> HttpResponse:
    """One of the page's tables, as CSV."""
    with_people = sees_people(request.user)
    if name in OF_PEOPLE and not with_people:
        raise PermissionDenied(_("Numbers of single reviewers take a right of their own."))
    span, figures = counted_for(request.user, range=request.GET.get("range", ""))
    found = tables_of(span, figures, with_people=with_people).get(name)
    if found is None:
        raise Http404
    response = private(HttpResponse(found.csv(), content_type="text/csv; charset=utf-8"))
    response["Content-Disposition"] = f'attachment; filename="{name}-{span.key}.csv"'
    return response


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
