"""Taking a decision back from a page, and what one has decided lately."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from approvals.exceptions import Conflict, Forbidden, NotFound
from approvals.models import Decision
from approvals.services.undo import undo as take_back
from approvals.web.decided import recent
from approvals.web.decided.batch import latest_batch
from approvals.web.reader.chosen import choose
from approvals.web.review.pages import find, show, standing
from approvals.web.shell import go, page, signed_in


@require_POST
@signed_in
def undo(request: HttpRequest, pk: int) -> HttpResponse:
    try:
        take_back(pk, actor=request.user, via=Decision.Via.PAGE)
    except NotFound as error:
        raise Http404 from error
    except Forbidden as error:
        raise PermissionDenied(error.detail) from error
    except Conflict as error:
        interrupt = find(request, pk)
        return show(
            request, interrupt, draft=standing(interrupt), status=409, too_late=error.detail
        )
    messages.success(request, _("Taken back. The question waits again."))
    return go(request, reverse("interrupt", args=[pk]))


@require_GET
@signed_in
def decided(request: HttpRequest) -> HttpResponse:
    """What this person decided lately, with what can still be taken back on top."""
    return page(
        request,
        "decided.html",
        section="inbox",
        decisions=recent.decisions_of(request.user),
        ways=recent.WAYS.items(),
        way=recent.way_of(request),
        undoable=None,
        together=latest_batch(request),
        batch=None,
    )


@require_POST
@signed_in
def after(request: HttpRequest) -> HttpResponse:
    """Where to go after a decision: the same choice as on the page of settings."""
    wanted = request.POST.get("after", "")
    if wanted in recent.WAYS:
        choose(request.user, after_decision=wanted)
    return go(request, reverse("decided"))
