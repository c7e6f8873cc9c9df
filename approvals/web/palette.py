"""The command palette: every place and view by name, and a search for everything else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from approvals.models import Agent, SavedView
from approvals.permissions import can_start_runs
from approvals.web.inbox.views import VIEWS
from approvals.web.reader.chosen import chosen_by
from approvals.web.shell import is_htmx, page, part, signed_in


@dataclass(frozen=True, kw_only=True)
class Command:
    label: Any
    url: str
    kind: str
    key: str = ""
    # What it presses on the page, where there are scripts; without, `url` has the same to offer.
    press: str = ""


@require_GET
@signed_in
def palette(request: HttpRequest) -> HttpResponse:
    commands = [*_places(), _pausing(request), *_views(request), *_starts(request)]
    if is_htmx(request):
        return part(request, "palette.html", commands=commands, in_page=False)
    return page(
        request,
        "bulk.html",
        section="",
        inside="palette.html",
        verb=_("Commands"),
        commands=commands,
        in_page=True,
    )


def _places() -> list[Command]:
    named = (
        (_("Inbox"), "inbox", "g i"),
        (_("Runs"), "runs", "g r"),
        (_("Agents"), "agents", ""),
        (_("Insights"), "insights", "g a"),
        (_("Recently decided"), "decided", ""),
        (_("Saved views"), "saved-views", ""),
        (_("Settings"), "settings", ""),
        (_("Keyboard"), "keys", "?"),
    )
    return [
        Command(label=label, url=reverse(name), kind=_("Go to"), key=key)
        for label, name, key in named
    ]


def _pausing(request: HttpRequest) -> Command:
    is_live = chosen_by(request).live_on
    return Command(
        label=_("Pause live updates") if is_live else _("Resume live updates"),
        url=reverse("settings"),
        kind=_("This page"),
        press="pause",
    )


def _views(request: HttpRequest) -> list[Command]:
    inbox = reverse("inbox")
    own = [
        Command(label=view.label, url=f"{inbox}?view={name}", kind=_("View"))
        for name, view in VIEWS.items()
    ]
    saved = SavedView.objects.seen_by(request.user).only("name", "query")
    return own + [
        Command(label=view.name, url=f"{inbox}?{view.query}", kind=_("Saved view"))
        for view in saved
    ]


def _starts(request: HttpRequest) -> list[Command]:
    if not can_start_runs(request.user):
        return []
    return [
        Command(label=agent.title, url=reverse("start", args=[agent.key]), kind=_("Start a run of"))
        for agent in Agent.objects.only("key", "title").order_by("title")[:50]
    ]
