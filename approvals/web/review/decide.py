"""Deciding a question from its page: the form on its way to the one service that decides."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from approvals.exceptions import ApprovalsError, Conflict, Forbidden, Malformed, NotFound
from approvals.models import Decision, Interrupt
from approvals.policy import terms_of
from approvals.services import review_drafts
from approvals.services.decisions import check
from approvals.services.repeats import decide_once
from approvals.web.answer import answers, drafts, faults
from approvals.web.answer.answers import EACH, Unready
from approvals.web.answer.drafts import Draft, Part
from approvals.web.answer.kept import Kept
from approvals.web.answer.sent import sent_by
from approvals.web.decided.recent import remember, where_next
from approvals.web.reader.chosen import window_of
from approvals.web.review.caring import care_of, needs_second_press, seal_of
from approvals.web.review.pages import begun, find, next_pk, show
from approvals.web.review.question import lay_out
from approvals.web.shell import go, is_htmx, part, signed_in
from approvals.web.showing.words import done


class Unconfirmed(Exception):
    """Nothing stands against these decisions; a second press is to mean exactly them."""

    def __init__(self, seal: str, verb: str) -> None:
        super().__init__("The decision is to be confirmed.")
        self.seal, self.verb = seal, verb


@require_POST
@signed_in
def decide(request: HttpRequest, pk: int) -> HttpResponse:
    interrupt = find(request, pk)
    draft = drafts.read(interrupt, request.POST)
    if drafts.is_op(interrupt, request.POST):
        return _reshape(request, interrupt, draft)
    try:
        decision = _record(request, interrupt, draft)
    except Unready as error:
        return _refused(request, interrupt, error.draft)
    except Unconfirmed as error:
        return show(request, interrupt, draft=draft, confirming=error.seal, pressed=error.verb)
    except NotFound as error:
        raise Http404 from error
    except Forbidden as error:
        raise PermissionDenied(error.detail) from error
    except Conflict as error:
        return _overtaken(request, pk, draft, error)
    except ApprovalsError as error:
        is_each = request.POST.get("verb") == EACH
        return _refused(request, interrupt, faults.told(draft, error, is_each=is_each))
    review_drafts.discard(interrupt, person=request.user)
    if window_of(request, interrupt):
        decision.refresh_from_db(fields=["effective_at"])
        remember(request, decision)
    else:
        messages.success(request, done(interrupt, decision))
    return go(request, where_next(request, pk, next_pk=next_pk(request, interrupt)))


@require_POST
@signed_in
def form(request: HttpRequest, pk: int) -> HttpResponse:
    """The form after a structural change, or the panel of changes while somebody types."""
    interrupt = find(request, pk)
    draft = drafts.read(interrupt, request.POST)
    if drafts.is_op(interrupt, request.POST) or not is_htmx(request):
        return _reshape(request, interrupt, draft)
    checked = drafts.checked(interrupt, draft)
    return part(
        request,
        "_changes.html",
        question=lay_out(interrupt, user=request.user, draft=checked),
        interrupt=interrupt,
        oob=True,
    )


def _reshape(request: HttpRequest, interrupt: Interrupt, draft: Draft) -> HttpResponse:
    kept = None
    if request.POST.get("_op") == drafts.COMPARE:
        draft, kept = _uncovered(request, interrupt, draft)
    changed = drafts.after_op(interrupt, draft, request.POST)
    # Text that could not be read says so by itself, and no schema can judge it.
    if not any(one.edit.errors or one.answer.errors for one in draft.parts):
        changed = drafts.checked(interrupt, changed)
    return show(request, interrupt, draft=changed, kept=kept)


def _uncovered(
    request: HttpRequest, interrupt: Interrupt, draft: Draft
) -> tuple[Draft, Kept | None]:
    """What this person had left in the form, which could not be shown yet, with what they typed."""
    was, kept = begun(request, interrupt)
    return replace(
        was,
        parts=tuple(map(_with_choice, was.parts, draft.parts)),
        note=draft.note or was.note,
        reason=draft.reason or was.reason,
        codes=draft.codes or was.codes,
        retyped=draft.retyped,
        is_compared=True,
    ), kept


def _with_choice(was: Part, part: Part) -> Part:
    """What was chosen and said of one action; its values could not be seen, so they stay."""
    return replace(
        was,
        verb=part.verb or was.verb,
        message=part.message or was.message,
        codes=part.codes or was.codes,
        kind=part.kind if part.text else was.kind,
        text=part.text or was.text,
    )


def _record(request: HttpRequest, interrupt: Interrupt, draft: Draft) -> Decision:
    """The version and digest are those of the question this person saw, as their form says."""
    verb, version = request.POST.get("verb", ""), request.POST.get("version", "")
    decisions = answers.decisions(interrupt, draft, verb)
    if not version.isdecimal() or len(version) > 9:
        raise Malformed(_("The form does not say which version of the question it answers."))
    answer: dict[str, Any] = {
        "actor": request.user,
        "version": int(version),
        "digest": request.POST.get("digest", ""),
        "decisions": decisions,
        "reason": draft.words_for(verb),
        "reason_code": draft.codes.get(verb, ""),
        "care": care_of(draft),
        "via": Decision.Via.PAGE,
    }
    terms, seal = terms_of(interrupt), seal_of(interrupt, decisions)
    if needs_second_press(terms, decisions) and request.POST.get("~confirmed") != seal:
        check(interrupt.pk, **answer)
        raise Unconfirmed(seal, verb)
    return decide_once(
        interrupt.pk,
        sent=sent_by(request),
        auth_method="session",
        undo_seconds=window_of(request, interrupt),
        **answer,
    )


def _overtaken(request: HttpRequest, pk: int, draft: Draft, error: Conflict) -> HttpResponse:
    """409: the question as it stands now, with what was typed still in the form."""
    return show(request, find(request, pk), draft=draft, status=409, conflict=error.detail)


def _refused(request: HttpRequest, interrupt: Interrupt, draft: Draft) -> HttpResponse:
    """422: the form as it was typed, with what is wrong beside each field."""
    is_unexplained = not draft.problems.keys().isdisjoint(("/reason", "/reason_code"))
    rejecting = is_unexplained and request.POST.get("verb") == "reject"
    return show(
        request, interrupt, draft=draft, status=422, focus_problems=True, rejecting=rejecting
    )
