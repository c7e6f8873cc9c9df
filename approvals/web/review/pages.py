"""The review page of one question, and the fragments an open one follows."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.safestring import SafeString
from django.views.decorators.http import require_GET

from approvals import audit
from approvals.hiding.covering import cover_for, cover_of_run, cover_run
from approvals.hiding.masking import VIEW_MASKED, revealed
from approvals.hiding.veiling import veil
from approvals.models import Decision, Interrupt
from approvals.permissions import groups_lacked
from approvals.services.openings import note_opened
from approvals.services.undo import may_undo
from approvals.web.answer import drafts
from approvals.web.answer.drafts import Draft
from approvals.web.answer.kept import Kept, kept_for
from approvals.web.decided.recent import is_open
from approvals.web.review.comments import talk_of
from approvals.web.review.question import decided, lay_out
from approvals.web.runs.deltas import deltas_of
from approvals.web.runs.history import covered, entries_of, story
from approvals.web.runs.pages import questions_of
from approvals.web.runs.path import picture_of
from approvals.web.shell import json_text, part, signed_in, twin
from approvals.web.showing.words import verdict

_AHEAD = 20
"""Of how many questions one looks for the next; the rest may be for other groups."""


def find(request: HttpRequest, pk: int) -> Interrupt:
    """The question, if this person may see it; 404 for unknown and foreign alike."""
    visible = Interrupt.objects.visible_to(request.user)
    return get_object_or_404(
        visible.select_related("run", "agent", "requested_by", "decision__actor"), pk=pk
    )


@require_GET
@signed_in
def review(request: HttpRequest, pk: int) -> HttpResponse:
    interrupt = find(request, pk)
    note_opened(interrupt, reviewer=request.user)
    draft, kept = begun(request, interrupt)
    return show(request, interrupt, draft=draft, kept=kept)


@require_GET
@signed_in
def banner(request: HttpRequest, pk: int) -> HttpResponse:
    """How the question stands now, for a page that was opened while it waited."""
    interrupt = find(request, pk)
    return part(
        request,
        "_banner.html",
        interrupt=interrupt,
        verdict=verdict(interrupt),
        is_news=not interrupt.is_pending,
        kept=None if interrupt.is_pending else kept_for(request, interrupt),
        next_pk=next_pk(request, interrupt),
    )


@require_GET
@signed_in
def raw(request: HttpRequest, pk: int) -> HttpResponse:
    """All of the question as it was stored, nothing cut; masks lifted for those who may see.

    Whoever has still to say a value from what they know does not find it here either.
    """
    interrupt = find(request, pk)
    audit.append(None, "state.viewed", actor=request.user, model="interrupt", row=str(pk))
    if interrupt.secrets and request.user.has_perm(VIEW_MASKED):
        audit.append(None, "secrets.viewed", actor=request.user, question=pk)
        interrupt = revealed(interrupt)
    data = {"request": interrupt.request, "actions": interrupt.actions, "state": interrupt.state}
    return json_text(cover_for(interrupt, user=request.user).with_note(data))


def show(
    request: HttpRequest,
    interrupt: Interrupt,
    *,
    draft: Draft,
    status: int = 200,
    **context: Any,
) -> HttpResponse:
    """The review page, or the part of it that moves."""
    return twin(
        request,
        "interrupt.html",
        moving="_interrupt.html",
        section="inbox",
        status=status,
        **laid_out(request, interrupt, draft=draft),
        **context,
    )


def laid_out(request: HttpRequest, interrupt: Interrupt, *, draft: Draft) -> dict[str, Any]:
    """What the review page of a question needs, wherever it is shown."""
    veil([interrupt.run], user=request.user)
    before, after = neighbours(request, interrupt)
    question = lay_out(interrupt, user=request.user, draft=draft)
    cover = cover_of_run(
        interrupt.run, user=request.user, but_for=None if question.is_withheld else interrupt.pk
    )
    questions, entries = questions_of(interrupt.run), entries_of(interrupt.run)
    moments = story(interrupt.run, entries, deltas_of(interrupt.run, entries, questions))
    cover_run(interrupt.run, cover)
    return {
        "question": question,
        "interrupt": question.interrupt,
        "run": interrupt.run,
        "moments": covered(moments, cover),
        "previous_pk": before,
        "next_pk": after,
        "value_kinds": drafts.VALUE_KINDS,
        "picture": _picture(interrupt, questions),
        "to_undo": _to_undo(request, interrupt),
        "talk": talk_of(interrupt, request.user, cover=cover),
    }


def _picture(interrupt: Interrupt, questions: list[Interrupt]) -> SafeString:
    """The graph with the way to this question; empty where none was published."""
    run = interrupt.run
    run.agent = interrupt.agent
    return picture_of(run, questions)


def _to_undo(request: HttpRequest, interrupt: Interrupt) -> Decision | None:
    """The decision, while this person may take it back."""
    decision = getattr(interrupt, "decision", None)
    is_theirs = decision and is_open(decision) and may_undo(request.user, decision)
    return decision if is_theirs else None


def begun(request: HttpRequest, interrupt: Interrupt) -> tuple[Draft, Kept | None]:
    """The answer as this person left it, and what was kept of it."""
    kept = kept_for(request, interrupt)
    return (kept.draft if kept and kept.draft else standing(interrupt)), kept


def standing(interrupt: Interrupt) -> Draft:
    """What the form shows to somebody who has typed nothing."""
    if interrupt.is_pending:
        return drafts.blank(interrupt)
    return decided(interrupt)


def next_pk(request: HttpRequest, interrupt: Interrupt) -> int | None:
    return neighbours(request, interrupt)[1]


def neighbours(request: HttpRequest, interrupt: Interrupt) -> tuple[int | None, int | None]:
    """The questions before and after this one, of those this person may decide.

    After the last, as after one that is not in the row any more, comes the most urgent.
    """
    waiting = Interrupt.objects.visible_to(request.user).pending().awake().by_urgency()
    theirs = waiting.exclude(requested_by=request.user.pk)
    found = theirs.filter(held_reason="").only("policy", "escalated_at")[:_AHEAD]
    row = [one.pk for one in found if not groups_lacked(request.user, one)]
    at = row.index(interrupt.pk) if interrupt.pk in row else -1
    others = [pk for pk in row[at + 1 :] + row[: max(at, 0)] if pk != interrupt.pk]
    return (row[at - 1] if at > 0 else None), next(iter(others), None)
