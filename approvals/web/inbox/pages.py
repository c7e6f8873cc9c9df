"""The inbox: what waits, most urgent first, and what came since it was opened."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from approvals.hiding import covering
from approvals.models import Agent, Interrupt, SavedView
from approvals.permissions import can_start_runs, is_reviewer
from approvals.services.openings import note_opened
from approvals.web.filters import InboxFilters
from approvals.web.inbox.views import ALL, VIEWS, counts
from approvals.web.paging import SIZE, page_of
from approvals.web.review.pages import begun, find, laid_out
from approvals.web.shell import is_htmx, part, signed_in, twin, waiting_count

NEWS_LIMIT = 99
LONGEST_GAP = 15 * 60
"""Seconds without news after which rows are no longer mended one by one."""
STRAGGLING = timedelta(minutes=1)
"""A row says when it was changed, and is seen when its transaction commits: a little later."""
_WAITING = (
    ("risk", _("Risk"), True),
    ("what", _("What"), False),
    ("agent", _("Agent"), True),
    ("assignee", _("Assignee"), False),
    ("due", _("Due"), True),
    ("waiting", _("Waiting"), True),
)
_DONE = (
    ("risk", _("Risk")),
    ("what", _("What")),
    ("agent", _("Agent")),
    ("status", _("Status")),
    ("age", _("When")),
)


@dataclass(frozen=True, kw_only=True)
class Tab:
    label: Any
    url: str
    count: str = ""
    is_current: bool = False
    is_saved: bool = False


@dataclass(frozen=True, kw_only=True)
class Column:
    name: str
    label: Any
    url: str = ""
    direction: str = ""

    @property
    def is_number(self) -> bool:
        return self.name in ("waiting", "age")


@require_GET
@signed_in
def inbox(request: HttpRequest) -> HttpResponse:
    filters = InboxFilters.read(request.GET, user=request.user)
    found = page_of(filters.applied_to(_rows(request)), order=filters.order, after=filters.after)
    counted = counts(request.user)
    item = None if is_htmx(request) else filters.item
    return twin(
        request,
        "inbox.html",
        moving="_inbox_list.html",
        section="inbox",
        rows=covering.shown(found.rows, user=request.user),
        filters=filters,
        columns=list(_columns(filters)),
        tabs=_tabs(filters, counted),
        waiting=counted[ALL],
        unassigned=counted["unassigned"],
        since=timezone.now().isoformat(),
        is_first=found.is_first,
        next_url=filters.from_on(found.next) if found.next else "",
        has_agents=bool(found.rows) or Agent.objects.exists(),
        may_start=can_start_runs(request.user),
        may_decide=is_reviewer(request.user),
        item=filters.item,
        **(_pane(request, item) if item else {}),
    )


def _pane(request: HttpRequest, pk: int) -> dict[str, Any]:
    """The review page of one question, beside the list."""
    interrupt = find(request, pk)
    note_opened(interrupt, reviewer=request.user)
    draft, kept = begun(request, interrupt)
    return laid_out(request, interrupt, draft=draft) | {"kept": kept}


@require_GET
@signed_in
def news(request: HttpRequest) -> HttpResponse:
    """The rows on screen that changed, each in its place, and how many came in meanwhile.

    Nothing is inserted: rows that move under a pointer get the wrong click. A page that had been
    deaf for too long is told to fetch its list anew, when its reader wants to.
    """
    filters = InboxFilters.read(request.GET, user=request.user)
    since, now = _moment(request.GET.get("since", "")), timezone.now()
    deaf = request.GET.get("deaf", "")
    is_outdated = deaf.isdecimal() and int(deaf[:9]) > LONGEST_GAP
    counted = counts(request.user)
    on_screen, fresh = _shown(request, filters, since=since)
    return part(
        request,
        "_news.html",
        rows=[] if is_outdated else covering.shown(on_screen, user=request.user),
        tabs=_tabs(filters, counted),
        waiting=counted[ALL],
        unread=request.user.notifications.unread().count() if deaf else None,
        count=0 if filters.is_done or is_outdated else fresh[:NEWS_LIMIT].count(),
        since=since.isoformat(),
        heard=now.isoformat(),
        deaf=deaf if is_outdated else "",
        filters=filters,
        item=filters.item,
        may_decide=is_reviewer(request.user),
    )


def _shown(
    request: HttpRequest, filters: InboxFilters, *, since: datetime
) -> tuple[QuerySet[Any], QuerySet[Any]]:
    """The rows on screen that are not as they were last told; and what came in since."""
    told = _moment(request.GET.get("heard", ""), otherwise=since + STRAGGLING) - STRAGGLING
    waiting, struck = _ids(request.GET.getlist("row")), _ids(request.GET.getlist("gone"))
    is_new = Q(updated_at__gt=told) | ~Q(status=Interrupt.Status.PENDING)
    is_back = Q(pk__in=struck, status=Interrupt.Status.PENDING)
    fresh = filters.applied_to(_rows(request)).filter(created_at__gt=since)
    return (
        _rows(request).filter(Q(pk__in=waiting) & is_new | is_back),
        fresh.exclude(pk__in=waiting + struck),
    )


def _ids(texts: Sequence[str]) -> list[int]:
    return [int(pk) for pk in texts[:SIZE] if pk.isdecimal() and len(pk) < 19]


@require_GET
@signed_in
def waiting(request: HttpRequest) -> HttpResponse:
    return part(request, "components/waiting.html", waiting=waiting_count(request))


def _rows(request: HttpRequest) -> QuerySet[Any]:
    visible = Interrupt.objects.visible_to(request.user).defer(
        "request",
        "actions",
        "state",
        "decision__decisions",
        "decision__patch",
        "decision__resume_value",
    )
    return visible.select_related("agent", "decision__actor", "assignee", "claimed_by")


def _tabs(filters: InboxFilters, counted: Mapping[str, str]) -> list[Tab]:
    """The site's own views, then those that people saved."""
    saved = [
        Tab(
            label=view.name,
            url=f"{reverse('inbox')}?{view.query}",
            is_current=view.query == filters.query,
            is_saved=True,
        )
        for view in SavedView.objects.seen_by(filters.user).only("name", "query")
    ]
    is_saved = any(tab.is_current for tab in saved)
    own = [
        Tab(
            label=view.label,
            url=filters.of_view(view),
            count=counted[name],
            is_current=view == filters.view and not is_saved,
        )
        for name, view in VIEWS.items()
    ]
    return own + saved


def _columns(filters: InboxFilters) -> Iterator[Column]:
    if filters.is_done:
        for name, label in _DONE:
            yield Column(name=name, label=label)
        return
    current, turned = filters.sort.removeprefix("-"), filters.sort.startswith("-")
    direction = "descending" if turned else "ascending"
    for name, label, can_sort in _WAITING:
        yield Column(
            name=name,
            label=label,
            url=filters.sorted_by(name) if can_sort else "",
            direction=direction if name == current else "",
        )


def _moment(text: str, *, otherwise: datetime | None = None) -> datetime:
    try:
        moment = parse_datetime(text)
    except ValueError:
        moment = None
    return moment if moment and timezone.is_aware(moment) else otherwise or timezone.now()
