"""Deciding a question from its page: the form on its way to the one service that decides."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_POST

from approvals.exceptions import ApprovalsError, Conflict, Forbidden, Malformed, NotFound
from approvals.models import Decision, Interrupt
from approvals.services.decisions import decide as record_decision
from approvals.web import answers
from approvals.web.answers import BadValue, Draft
from approvals.web.question import lay_out
from approvals.web.review import find, show
from approvals.web.shell import go, is_htmx, part, signed_in
from approvals.web.words import VERDICTS

VERBS = ("approve", "reject", "respond", *answers.QUICK)


@require_POST
@signed_in
def decide(request: HttpRequest, pk: int) -> HttpResponse:
    interrupt = find(request, pk)
    draft = answers.read(interrupt, request.POST)
    if "_op" in request.POST:
        return _reshape(request, interrupt, draft)
    verb = request.POST.get("verb", "")
    if verb not in VERBS:
        return _refused(request, interrupt, draft, {"verb": "Choose what to do."})
    if draft.errors and verb == "approve":
        return _refused(request, interrupt, draft, {})
    try:
        decision = _record(request, interrupt, draft, verb)
    except BadValue as error:
        return _refused(request, interrupt, draft, {"value": str(error)})
    except NotFound as error:
        raise Http404 from error
    except Forbidden as error:
        raise PermissionDenied(error.detail) from error
    except Conflict as error:
        return _overtaken(request, pk, draft, error)
    except ApprovalsError as error:
        return _refused(request, interrupt, _with_errors(draft, error), _others(error))
    messages.success(request, f"{VERDICTS[decision.verb].capitalize()}. The run goes on.")
    return go(request, reverse("interrupt", args=[pk]))


@require_POST
@signed_in
def form(request: HttpRequest, pk: int) -> HttpResponse:
    """The form after a structural change, or the panel of changes while somebody types."""
    interrupt = find(request, pk)
    draft = answers.read(interrupt, request.POST)
    if "_op" in request.POST or not is_htmx(request):
        return _reshape(request, interrupt, draft)
    checked = answers.checked(interrupt, draft)
    return part(
        request,
        "_changes.html",
        question=lay_out(interrupt, user=request.user, draft=checked),
        interrupt=interrupt,
        oob=True,
    )


def _reshape(request: HttpRequest, interrupt: Interrupt, draft: Draft) -> HttpResponse:
    changed = answers.after_op(interrupt, draft, request.POST.get("_op", ""))
    if not draft.errors:
        # Text that could not be read says so by itself, and no schema can judge it.
        changed = answers.checked(interrupt, changed)
    return show(request, interrupt, draft=changed)


def _record(request: HttpRequest, interrupt: Interrupt, draft: Draft, verb: str) -> Decision:
    """The version and digest are those of the question this person saw, as their form says."""
    version = request.POST.get("version", "")
    if not version.isdecimal() or len(version) > 9:
        raise Malformed("The form does not say which version of the question it answers.")
    return record_decision(
        interrupt.pk,
        actor=request.user,
        version=int(version),
        digest=request.POST.get("digest", ""),
        decisions=answers.decisions(interrupt, draft, verb),
        reason=draft.words_for(verb),
        via=Decision.Via.PAGE,
        auth_method="session",
    )


def _overtaken(request: HttpRequest, pk: int, draft: Draft, error: Conflict) -> HttpResponse:
    """409: the question as it stands now, with what was typed still in the form."""
    return show(request, find(request, pk), draft=draft, status=409, conflict=error.detail)


def _refused(
    request: HttpRequest, interrupt: Interrupt, draft: Draft, problems: Mapping[str, str]
) -> HttpResponse:
    """422: the form as it was typed, with what is wrong beside each field."""
    faulty = replace(draft, problems=problems)
    return show(request, interrupt, draft=faulty, status=422, focus_problems=True)


def _with_errors(draft: Draft, error: ApprovalsError) -> Draft:
    return replace(draft, errors=dict(_field_errors(error)))


def _field_errors(error: ApprovalsError) -> Iterable[tuple[str, str]]:
    prefix = "/0/args"
    for fault in error.errors:
        if fault["pointer"].startswith(f"{prefix}/"):
            yield fault["pointer"].removeprefix(prefix), fault["message"]


def _others(error: ApprovalsError) -> dict[str, str]:
    """What belongs to no field of the form, so that no error goes unsaid."""
    known = dict(_field_errors(error))
    rest = {
        fault["pointer"]: fault["message"]
        for fault in error.errors
        if fault["pointer"].removeprefix("/0/args") not in known
    }
    return rest or ({} if known else {"": error.detail})
