"""Many questions at once: a sheet that says what would happen to each, then the same for all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.core.exceptions import BadRequest, PermissionDenied
from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from approvals.exceptions import Conflict
from approvals.hiding import covering
from approvals.models import Decision, Interrupt
from approvals.permissions import is_reviewer
from approvals.policy import terms_of
from approvals.services.bulk import (
    MOST,
    VERBS,
    Item,
    Made,
    Outcome,
    decide_all,
    each,
    reasons_of,
    undo_all,
    why_not,
)
from approvals.services.claims import assign
from approvals.services.snoozing import snooze
from approvals.web.answer.sent import sent_by
from approvals.web.decided.batch import latest_batch, remember_batch
from approvals.web.inbox.acts import ACTS, UNDONE, Results, asked, told
from approvals.web.reader.chosen import chosen_by
from approvals.web.review.handling import NOBODY
from approvals.web.review.people import reviewers
from approvals.web.shell import is_htmx, page, part, signed_in
from approvals.web.showing.moments_ahead import LABELS, moment_of


@dataclass(frozen=True, kw_only=True)
class LeftOut:
    question: Interrupt
    why: str


@require_POST
@signed_in
def preview(request: HttpRequest) -> HttpResponse:
    """What would happen to each of the selected questions, before anything does."""
    act, items = _asked(request)
    rows = Interrupt.objects.visible_to(request.user).defer("request", "state")
    found = rows.select_related("agent", "assignee").in_bulk([item.id for item in items])
    readable = {one.pk: one for one in covering.shown(list(found.values()), user=request.user)}
    chosen = [(item, readable[item.id]) for item in items if item.id in found]
    taken, left_out = _sorted_out(request, act, chosen)
    return _sheet(
        request,
        "bulk/preview.html",
        act=act,
        verb=ACTS[act].title,
        heading=asked(ACTS[act], count=len(taken)),
        button=ACTS[act].button % {"count": len(taken)},
        taken=taken,
        left_out=left_out,
        most=MOST,
        too_many=len(items) == MOST and len(set(request.POST.getlist("item"))) > MOST,
        reasons=reasons_of([one for _item, one in taken]) if act == "reject" else [],
        code_required=any(terms_of(one).reason_code_required for _item, one in taken),
        people=reviewers() if act == "assign" else [],
        snoozes=LABELS if act == "snooze" else [],
        back=request.POST.get("back", ""),
    )


@require_POST
@signed_in
def carry_out(request: HttpRequest) -> HttpResponse:
    """Do it to each, and say what became of each."""
    act, items = _asked(request)
    outcomes = _carried_out(request, act, items)
    if act in VERBS:
        decisions = [one.result for one in outcomes if one.error is None]
        remember_batch(request, act, decisions)
    return _results(request, ACTS[act].results, outcomes, offers_undo=act in VERBS)


@require_POST
@signed_in
def undo(request: HttpRequest) -> HttpResponse:
    """Take back what was decided together; what had gone on already is named."""
    if not is_reviewer(request.user):
        raise PermissionDenied(_("You may not decide questions."))
    outcomes = undo_all(_made(request.POST), actor=request.user, sent=sent_by(request))
    return _results(request, UNDONE, outcomes, offers_undo=True)


def _results(
    request: HttpRequest, words: Results, outcomes: Sequence[Outcome], *, offers_undo: bool
) -> HttpResponse:
    outcomes = _readable(request, outcomes)
    done = [outcome for outcome in outcomes if outcome.error is None]
    missed = [outcome for outcome in outcomes if outcome.error]
    return _sheet(
        request,
        "bulk/results.html",
        heading=told(
            words,
            done=len(done),
            missed=len(missed),
            all_overtaken=all(isinstance(outcome.error, Conflict) for outcome in missed),
        ),
        not_done=words.not_done,
        all_done=words.all_done % {"count": len(done)},
        done=done,
        missed=missed,
        back=request.POST.get("back", ""),
        offers_undo=offers_undo,
        held=latest_batch(request) if offers_undo else None,
    )


def _readable(request: HttpRequest, outcomes: Sequence[Outcome]) -> list[Outcome]:
    """As this person may read them: one that was not decided may still withhold a value."""
    questions = [outcome.question for outcome in outcomes if outcome.question]
    found = {one.pk: one for one in covering.shown(questions, user=request.user)}
    return [replace(outcome, question=found.get(outcome.id)) for outcome in outcomes]


def _carried_out(request: HttpRequest, act: str, items: Sequence[Item]) -> list[Outcome]:
    if act in VERBS:
        return decide_all(
            items,
            actor=request.user,
            verb=act,
            reason=request.POST.get("reason", "").strip(),
            reason_code=request.POST.get("reason_code", "").strip() if act == "reject" else "",
            auth_method="session",
            undo_seconds=chosen_by(request).undo_seconds,
            sent=sent_by(request),
        )
    rows = Interrupt.objects.visible_to(request.user).without_payloads()
    questions = rows.in_bulk([item.id for item in items])
    who: dict[str, Any] = {"actor": request.user, "via": Decision.Via.BULK}
    if act == "assign":
        name = request.POST.get("assignee", "")
        assignee = None if name == NOBODY else name
        return each(items, lambda item: assign(item.id, assignee=assignee, **who), questions)
    until = moment_of(request.POST.get("for", ""))
    if until is None:
        raise BadRequest(_("Say for how long."))
    return each(items, lambda item: snooze(item.id, until=until, **who), questions)


def _sorted_out(
    request: HttpRequest, act: str, chosen: Sequence[tuple[Item, Interrupt]]
) -> tuple[list[tuple[Item, Interrupt]], list[LeftOut]]:
    """Which take part, and why the others do not. The first that fits says of which kind they are."""
    taken: list[tuple[Item, Interrupt]] = []
    left_out = []
    for item, question in chosen:
        why = _why_not(request, act, item, question, like=taken[0][1] if taken else None)
        if why:
            left_out.append(LeftOut(question=question, why=why))
        else:
            taken.append((item, question))
    return taken, left_out


def _why_not(
    request: HttpRequest, act: str, item: Item, question: Interrupt, *, like: Interrupt | None
) -> str:
    if act not in VERBS:
        return "" if question.is_pending else _("no longer waits")
    if question.is_pending and (question.version, question.digest) != (item.version, item.digest):
        return _("has changed since you saw it")
    return why_not(question, verb=act, person=request.user, like=like)


def _asked(request: HttpRequest) -> tuple[str, list[Item]]:
    if not is_reviewer(request.user):
        raise PermissionDenied(_("You may not decide questions."))
    act = request.POST.get("act", "")
    if act not in ACTS:
        raise BadRequest(_("Say what is to be done."))
    return act, _items(request.POST)


def _items(data: QueryDict) -> list[Item]:
    """`ID:VERSION:DIGEST`, as each row said it; each question once, and no more than fifty."""
    found: dict[int, Item] = {}
    for text in data.getlist("item"):
        pk, _colon, rest = text.partition(":")
        version, _colon, digest = rest.partition(":")
        if not (pk.isdecimal() and version.isdecimal() and len(pk) < 19 and len(version) < 10):
            raise BadRequest(_("A selected row could not be read."))
        found[int(pk)] = Item(id=int(pk), version=int(version), digest=digest.replace("\0", ""))
    return list(found.values())[:MOST]


def _made(data: QueryDict) -> list[Made]:
    """`ID:VERSION`, as the button said it."""
    found: dict[int, Made] = {}
    for text in data.getlist("item"):
        pk, _colon, version = text.partition(":")
        if not (pk.isdecimal() and version.isdecimal() and len(pk) < 19 and len(version) < 10):
            raise BadRequest(_("A selected row could not be read."))
        found[int(pk)] = Made(id=int(pk), version=int(version))
    return list(found.values())[:MOST]


def _sheet(request: HttpRequest, template: str, **context: Any) -> HttpResponse:
    if is_htmx(request):
        return part(request, template, in_page=False, **context)
    return page(
        request,
        "bulk.html",
        section="inbox",
        inside=template,
        in_page=True,
        batch=None,
        **context,
    )
