from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any

from django.contrib.auth import get_user_model
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from approvals.api.base import ApiView, read_query
from approvals.api.schema import answers
from approvals.api.serializers.insights import InsightsQuery, InsightsTold
from approvals.insights.figures import LENGTHS, QUICK, Figures, Tally
from approvals.insights.forecast import forecast
from approvals.insights.queue import counted_for, waiting_for
from approvals.insights.spans import Span
from approvals.insights.tables import MOST_ROWS
from approvals.permissions import sees_everything, sees_people

if TYPE_CHECKING:
    from django.contrib.auth.models import User


class InsightsView(ApiView):
    scopes = {"GET": "insights:read"}

    @extend_schema(
        operation_id="insights_read",
        parameters=[InsightsQuery],
        responses=answers(200, InsightsTold),
    )
    def get(self, request: Request) -> Response:
        """The numbers of the page *Insights*: waiting, how and how fast it is decided, the outlook."""
        span, figures = counted_for(request.user, **read_query(request, InsightsQuery))
        return Response(InsightsTold(_told(request.user, span, figures)).data)


def _told(user: User, span: Span, figures: Figures) -> dict[str, Any]:
    waiting, overdue = waiting_for(user)
    with_people = sees_people(user)
    return {
        "range": span.key,
        "since": span.since,
        "until": span.until,
        "of": "all" if sees_everything(user) else "own",
        "waiting": waiting,
        "overdue": overdue,
        "forecast": _outlook(span, figures, waiting=waiting),
        "sampled": figures.nth,
        "total": _counts(figures.total, with_times=with_people),
        "over_time": _over_time(span, figures),
        "waits": _classes(LENGTHS, figures.waits),
        "reasons": [
            {"reason_code": reason} | _counts(tally, with_times=False)
            for reason, tally in _first(figures.reasons)
        ],
        "took": _classes(QUICK, figures.took) if with_people else None,
        "people": _people(figures) if with_people else None,
    } | _steps(figures, with_times=with_people)


def _outlook(span: Span, figures: Figures, *, waiting: int) -> dict[str, Any]:
    ahead = forecast(
        span, waiting=waiting, asked=figures.asked, decided=figures.decided, now=timezone.now()
    )
    return {
        "asked_per_hour": ahead.asked_per_hour,
        "decided_per_hour": ahead.decided_per_hour,
        "empty_in": ahead.empty_in and ahead.empty_in.total_seconds(),
    }


def _counts(tally: Tally, *, with_times: bool) -> dict[str, Any]:
    return {
        "decided": tally.count,
        **{
            verb: getattr(tally, verb) for verb in ("approve", "edit", "reject", "respond", "mixed")
        },
        "waited_median": tally.median,
        "waited_ninth": tally.ninth,
        "timed": tally.timed if with_times else None,
        "took_median": tally.took_median if with_times else None,
        "took_ninth": tally.took_ninth if with_times else None,
    }


def _over_time(span: Span, figures: Figures) -> list[dict[str, Any]]:
    slots = zip(span.starts(), figures.asked, figures.decided, strict=True)
    return [{"since": since, "asked": asked, "decided": decided} for since, asked, decided in slots]


def _classes(limits: Sequence[int], counts: Sequence[int]) -> list[dict[str, Any]]:
    return [
        {"up_to": up_to, "decided": decided}
        for up_to, decided in zip([*limits, None], counts, strict=True)
    ]


def _steps(figures: Figures, *, with_times: bool) -> dict[str, Any]:
    """The most frequent, as many as the tables of the page have."""
    return {
        "agents": [
            {"agent": agent} | _counts(tally, with_times=with_times)
            for agent, tally in _first(figures.agents)
        ],
        "nodes": [
            {"agent": agent, "node": node} | _counts(tally, with_times=with_times)
            for (agent, node), tally in _first(figures.nodes)
        ],
    }


def _people(figures: Figures) -> list[dict[str, Any]]:
    people = get_user_model().objects.filter(pk__in=figures.people)
    names = dict(people.values_list("pk", "username"))
    return [
        {"reviewer": names.get(pk, str(pk))} | _counts(tally, with_times=True)
        for pk, tally in _first(figures.people)
    ]


def _first(tallies: Mapping[Any, Tally]) -> list[tuple[Any, Tally]]:
    return list(islice(tallies.items(), MOST_ROWS))
