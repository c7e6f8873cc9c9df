"""Views that people keep: saving the inbox as it is, renaming, sharing, deleting."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from approvals.exceptions import Forbidden, Invalid, NotFound
from approvals.models import SavedView
from approvals.services.views import change_view, delete_view, save_view
from approvals.web.filters import InboxFilters
from approvals.web.shell import go, page, signed_in


@require_http_methods(["GET", "POST"])
@signed_in
def views(request: HttpRequest) -> HttpResponse:
    """One's views to look after; a POST keeps the inbox as its address says it."""
    if request.method == "POST":
        query = _query(request)
        return _then(
            request,
            lambda: save_view(owner=request.user, name=request.POST.get("name", ""), query=query),
            said=_("Saved."),
            back=f"{reverse('inbox')}?{query}",
        )
    return page(
        request,
        "saved_views.html",
        section="inbox",
        own=list(request.user.saved_views.select_related("group").order_by("name")),
        others=list(
            SavedView.objects.seen_by(request.user)
            .exclude(owner=request.user)
            .select_related("owner", "group")
        ),
        groups=list(request.user.groups.order_by("name").values_list("name", flat=True)),
    )


@require_POST
@signed_in
def change(request: HttpRequest, pk: int) -> HttpResponse:
    name, group = request.POST.get("name", ""), request.POST.get("group", "")
    return _then(
        request,
        lambda: change_view(pk, actor=request.user, name=name, group=group),
        said=_("Saved."),
        back=reverse("saved-views"),
    )


@require_POST
@signed_in
def delete(request: HttpRequest, pk: int) -> HttpResponse:
    return _then(
        request,
        lambda: delete_view(pk, actor=request.user),
        said=_("Deleted."),
        back=reverse("saved-views"),
    )


def _then(request: HttpRequest, act: Callable[[], Any], *, said: str, back: str) -> HttpResponse:
    try:
        act()
    except NotFound as error:
        raise Http404 from error
    except Forbidden as error:
        raise PermissionDenied(error.detail) from error
    except Invalid as error:
        messages.error(request, error.detail)
    else:
        messages.success(request, said)
    return go(request, back)


def _query(request: HttpRequest) -> str:
    """What the address understands of it: nothing else is kept."""
    return InboxFilters.read(QueryDict(request.POST.get("query", "")), user=request.user).query
