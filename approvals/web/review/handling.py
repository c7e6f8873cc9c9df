"""Who takes care of a question, on its page: claim, release, assign, snooze."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from approvals.exceptions import ApprovalsError, Forbidden, Malformed, NotFound
from approvals.models import Decision, Interrupt
from approvals.services import claims
from approvals.services.handling import PEOPLE
from approvals.services.snoozing import snooze as put_away
from approvals.web.shell import go, is_htmx, part, signed_in
from approvals.web.showing.moments_ahead import moment_of

NOBODY = "-"
"""What the field of the assignee says for nobody."""


@require_GET
@signed_in
def show(request: HttpRequest, pk: int) -> HttpResponse:
    """The line that says who takes care of it, for a page that follows it."""
    return _line(request, pk)


@require_POST
@signed_in
def claim(request: HttpRequest, pk: int) -> HttpResponse:
    take_over = request.POST.get("take_over") == "1"
    return _done(request, pk, lambda **who: claims.claim(pk, take_over=take_over, **who))


@require_POST
@signed_in
def release(request: HttpRequest, pk: int) -> HttpResponse:
    return _done(request, pk, lambda **who: claims.release(pk, **who))


@require_POST
@signed_in
def assign(request: HttpRequest, pk: int) -> HttpResponse:
    assignee = _name(request.POST.get("assignee", ""))
    was = _name(request.POST["was"]) if "was" in request.POST else ""
    return _done(request, pk, lambda **who: claims.assign(pk, assignee=assignee, was=was, **who))


@require_POST
@signed_in
def snooze(request: HttpRequest, pk: int) -> HttpResponse:
    choice = request.POST.get("for", "")
    until = moment_of(choice)

    def act(**who: Any) -> Interrupt:
        if until is None and choice != "wake":
            raise Malformed(_("Say for how long."))
        return put_away(pk, until=until, replace=True, **who)

    return _done(request, pk, act)


def _done(request: HttpRequest, pk: int, act: Callable[..., Interrupt]) -> HttpResponse:
    """The line as it is afterwards to htmx; everybody else goes back to the question's page."""
    problem, status = "", 200
    try:
        act(actor=request.user, via=Decision.Via.PAGE)
    except NotFound as error:
        raise Http404 from error
    except Forbidden as error:
        raise PermissionDenied(error.detail) from error
    except ApprovalsError as error:
        problem, status = error.told, error.status
    if is_htmx(request):
        return _line(request, pk, problem=problem, status=status)
    if problem:
        messages.error(request, problem)
    return go(request, reverse("interrupt", args=[pk]))


def _line(request: HttpRequest, pk: int, *, problem: str = "", status: int = 200) -> HttpResponse:
    rows = Interrupt.objects.visible_to(request.user).select_related(*PEOPLE)
    interrupt = get_object_or_404(rows, pk=pk)
    return part(
        request, "interrupt/handling.html", interrupt=interrupt, problem=problem, status=status
    )


def _name(text: str) -> str | None:
    return None if text == NOBODY else text
