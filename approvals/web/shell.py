"""What every page shares: who may enter, the frame around a page, pages that move in part."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.views import redirect_to_login
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render, resolve_url
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.views.decorators.vary import vary_on_headers

from approvals.models import Interrupt
from approvals.web.decided.batch import latest_batch
from approvals.web.decided.recent import latest
from approvals.web.reader.zones import zone_of

View = Callable[..., HttpResponse]
COUNT_LIMIT = 1000
"""Counting a queue of a million takes a tenth of a second; nobody reads past "1000+"."""


def is_htmx(request: HttpRequest) -> bool:
    return bool(request.htmx)


def signed_in(view: View) -> View:
    """For people with an account, in their time zone. htmx gets 401 and the way to the door."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated:
            with timezone.override(zone_of(request)):
                return view(request, *args, **kwargs)
        if not is_htmx(request):
            return redirect_to_login(request.get_full_path())
        back = urlencode({"next": request.htmx.current_url_abs_path or "/"})
        return HttpResponse(status=401, headers={"HX-Redirect": f"{resolve_url('login')}?{back}"})

    return vary_on_headers("HX-Request")(guarded)


def page(
    request: HttpRequest, template: str, *, section: str, status: int = 200, **context: Any
) -> HttpResponse:
    """A whole page, with the tab of its section marked and the number of waiting questions."""
    if "waiting" not in context:
        context["waiting"] = waiting_count(request)
    frame = {"section": section, "unread": request.user.notifications.unread().count()}
    frame["undoable"] = latest(request)
    frame["batch"] = None if frame["undoable"] else latest_batch(request)
    return private(render(request, template, frame | context, status=status))


def part(request: HttpRequest, template: str, *, status: int = 200, **context: Any) -> HttpResponse:
    """A fragment, for htmx."""
    return private(render(request, template, context, status=status))


def twin(
    request: HttpRequest, name: str, *, moving: str, section: str, status: int = 200, **context: Any
) -> HttpResponse:
    """The part that moves to htmx, the page around it to everybody else."""
    if is_htmx(request):
        return part(request, moving, status=status, **context)
    return page(request, name, section=section, status=status, **context)


def waiting_count(request: HttpRequest, **only: Any) -> str:
    """How many questions this person sees waiting, all or only some, as a badge says it."""
    return count_of(Interrupt.objects.visible_to(request.user).pending().awake().filter(**only))


def count_of(rows: QuerySet[Any]) -> str:
    """As a badge says it: empty when there are none, no number beyond the limit."""
    count = rows.order_by()[: COUNT_LIMIT + 1].count()
    if count > COUNT_LIMIT:
        return f"{COUNT_LIMIT}+"
    return str(count) if count else ""


def go(request: HttpRequest, url: str) -> HttpResponse:
    """Send the browser to another page, in the way the request understands."""
    if is_htmx(request):
        return HttpResponse(status=204, headers={"HX-Redirect": url})
    return HttpResponse(status=303, headers={"Location": url})


def json_text(value: Any) -> HttpResponse:
    """A value as plain text, for reading and saving; in ASCII, so that nothing in it can hide."""
    text = json.dumps(value, indent=2)
    return private(HttpResponse(text, content_type="text/plain; charset=utf-8"))


def private(response: HttpResponse) -> HttpResponse:
    """Agent state is nobody else's: no cache may keep it."""
    response["Cache-Control"] = "no-store"
    patch_vary_headers(response, ("HX-Request",))
    return response
