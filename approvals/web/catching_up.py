"""What a page shows of others' doings, all in one answer: for one that heard nothing for a while."""

from __future__ import annotations

from collections.abc import Iterator
from copy import copy
from urllib.parse import urlsplit

from django.core.exceptions import BadRequest, PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.urls import Resolver404, resolve
from django.utils.html import format_html_join
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from approvals.web.shell import is_htmx, private, signed_in

PLACES = {
    "waiting": "#waiting",
    "bell": "#bell",
    "handling": "#handling",
    "interrupt-banner": "#banner",
    "comments": "#comments-list",
    "run-card": "#run-card",
    "run": "#run",
    "runs": "#runs-list",
    "run-history": "#history",
}
"""The routes that can be asked for together, and where on a page each of them belongs."""

MOST = 12
_PARTIAL = '<hx-partial hx-target="{}" hx-swap="outerMorph">{}</hx-partial>\n'


@require_GET
@signed_in
def parts(request: HttpRequest) -> HttpResponse:
    """Every part as its own address answers it; one this person may not see any more is left out."""
    if not is_htmx(request):
        raise BadRequest(_("Parts are for open pages."))
    found = list(_parts(request, request.GET.getlist("part")[:MOST]))
    return private(HttpResponse(format_html_join("", _PARTIAL, found)))


def _parts(request: HttpRequest, addresses: list[str]) -> Iterator[tuple[str, str]]:
    for address in addresses:
        path, query = urlsplit(address)[2:4]
        try:
            match = resolve(path)
            if match.url_name not in PLACES:
                raise BadRequest(_("Parts are for open pages."))
            answer = match.func(_asking(request, path, query), *match.args, **match.kwargs)
        except (Resolver404, Http404, PermissionDenied):
            continue
        if answer.status_code == 200:
            # A part comes out of a template, which has escaped what is in it.
            yield PLACES[match.url_name], mark_safe(answer.content.decode())  # noqa: S308


def _asking(request: HttpRequest, path: str, query: str) -> HttpRequest:
    """The same request of the same person, for another address."""
    asking = copy(request)
    asking.path = asking.path_info = path
    asking.META = request.META | {"QUERY_STRING": query, "PATH_INFO": path}
    asking.GET = QueryDict(query)
    return asking
