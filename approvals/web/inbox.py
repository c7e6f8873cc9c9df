"""The inbox: what waits, most urgent first, and what came since it was opened."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.views.decorators.http import require_GET

from approvals.models import Agent, Interrupt
from approvals.permissions import can_start_runs
from approvals.web.filters import InboxFilters
from approvals.web.paging import SIZE, Order, page_of
from approvals.web.shell import part, signed_in, twin, waiting_count

URGENCY = Order(columns=("rank", "created_at", "id"))
RECENT = Order(columns=("updated_at", "id"), descending=True)
NEWS_LIMIT = 99


@require_GET
@signed_in
def inbox(request: HttpRequest) -> HttpResponse:
    filters = InboxFilters.read(request.GET)
    found = page_of(
        filters.applied_to(_rows(request)),
        order=RECENT if filters.is_done else URGENCY,
        after=request.GET.get("after", ""),
    )
    return twin(
        request,
        "inbox.html",
        moving="_inbox_list.html",
        section="inbox",
        rows=found.rows,
        filters=filters,
        since=timezone.now().isoformat(),
        is_first=found.is_first,
        next_url=filters.url(found.next) if found.next else "",
        agents=list(Agent.objects.only("key", "title").order_by("title")),
        risks=Interrupt.Risk.choices,
        may_start=can_start_runs(request.user),
    )


@require_GET
@signed_in
def news(request: HttpRequest) -> HttpResponse:
    """The rows on screen that no longer wait, struck in place, and how many came in meanwhile.

    Nothing is inserted: rows that move under a pointer get the wrong click.
    """
    filters, since = InboxFilters.read(request.GET), _moment(request.GET.get("since", ""))
    shown = [int(pk) for pk in request.GET.getlist("row")[:SIZE] if pk.isdecimal()][:SIZE]
    gone = _rows(request).filter(pk__in=[pk for pk in shown if pk < 2**63])
    fresh = filters.applied_to(_rows(request)).filter(created_at__gt=since).exclude(pk__in=shown)
    return part(
        request,
        "_news.html",
        rows=list(gone.exclude(status=Interrupt.Status.PENDING)),
        count=0 if filters.is_done else fresh[:NEWS_LIMIT].count(),
        since=since.isoformat(),
        filters=filters,
    )


@require_GET
@signed_in
def waiting(request: HttpRequest) -> HttpResponse:
    return part(request, "components/waiting.html", waiting=waiting_count(request))


def _rows(request: HttpRequest) -> QuerySet[Any]:
    visible = Interrupt.objects.visible_to(request.user).without_payloads()
    light = visible.defer("decision__decisions", "decision__patch", "decision__resume_value")
    return light.select_related("agent", "decision__actor")


def _moment(text: str) -> datetime:
    try:
        moment = parse_datetime(text)
    except ValueError:
        moment = None
    return moment if moment and timezone.is_aware(moment) else timezone.now()
