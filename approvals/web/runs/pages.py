"""Runs: the list, one run as it goes on, and stopping or retrying it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from approvals import audit, permissions
from approvals.driving.explaining import needs_attention
from approvals.exceptions import Conflict, Forbidden, NotFound
from approvals.hiding.covering import cover_of_run, cover_run
from approvals.hiding.veiling import veil
from approvals.models import Agent, Interrupt, Run
from approvals.services.runs import cancel_run, retry_run
from approvals.web.filters import ATTENTION, RunFilters
from approvals.web.paging import Order, page_of
from approvals.web.runs.deltas import MOST_QUESTIONS, deltas_of
from approvals.web.runs.failures import failure_of
from approvals.web.runs.history import covered, entries_of, story
from approvals.web.runs.path import picture_of
from approvals.web.runs.steps import stepwise
from approvals.web.shell import count_of, go, json_text, page, part, signed_in, twin
from approvals.web.showing.words import RUN_WORDS

NEWEST = Order(columns={"created_at": datetime, "id": int}, descending=True)
_LARGE = ("input", "config", "metadata", "result", "error")


@require_GET
@signed_in
def runs(request: HttpRequest) -> HttpResponse:
    filters = RunFilters.read(request.GET)
    visible = Run.objects.visible_to(request.user).select_related("agent", "requested_by")
    found = page_of(
        filters.applied_to(visible.defer(*_LARGE)), order=NEWEST, after=request.GET.get("after", "")
    )
    return twin(
        request,
        "runs.html",
        moving="_runs_list.html",
        section="runs",
        rows=found.rows,
        filters=filters,
        is_first=found.is_first,
        next_url=filters.url(found.next) if found.next else "",
        agents=list(Agent.objects.only("key", "title").order_by("title")),
        statuses=[(status, words[0]) for status, words in RUN_WORDS.items()],
        needy="" if filters.status == ATTENTION else count_of(visible.filter(needs_attention())),
        may_start=permissions.can_start_runs(request.user),
    )


@require_GET
@signed_in
def run(request: HttpRequest, pk: int) -> HttpResponse:
    found = _find(request, pk)
    questions = questions_of(found)
    entries = entries_of(found)
    moments = story(found, entries, deltas_of(found, entries, questions))
    cover = cover_of_run(found, user=request.user)
    if cover:
        cover_run(found, cover)
        questions = [cover.over_question(one) for one in questions]
    may_retry = found.status == Run.Status.ERROR and permissions.can_retry(request.user, found)
    has_history = found.agent.kind == Agent.Kind.GRAPH
    steps = stepwise(found, moments) if has_history and "steps" in request.GET else None
    return twin(
        request,
        "run.html",
        moving="_run.html",
        section="runs",
        run=found,
        moments=covered(steps.moments if steps else moments, cover),
        steps=steps,
        questions=[one for one in questions if one.is_pending],
        past=[one for one in questions if not one.is_pending],
        failure=failure_of(found, questions),
        picture=picture_of(found, questions),
        forks=list(found.forks.visible_to(request.user).only("status", "parent").order_by("id")),
        has_history=has_history,
        may_cancel=found.is_active and permissions.can_cancel(request.user, found),
        may_retry=may_retry,
        sees_traceback=request.user.has_perm("approvals.retry_run"),
    )


def questions_of(run: Run) -> list[Interrupt]:
    """All a run asked, oldest first; with their payloads when there are few enough to compare."""
    found = run.interrupts.select_related("decision__actor").order_by("id")
    if found.count() > MOST_QUESTIONS:
        found = found.without_payloads()
    return list(found)


@require_GET
@signed_in
def card(request: HttpRequest, pk: int) -> HttpResponse:
    """The run beside its question."""
    found = _find(request, pk)
    cover = cover_of_run(found, user=request.user)
    entries = entries_of(found)
    moments = story(found, entries, deltas_of(found, entries, questions_of(found)))
    cover_run(found, cover)
    return part(request, "_run_card.html", run=found, moments=covered(moments, cover))


@require_GET
@signed_in
def raw(request: HttpRequest, pk: int) -> HttpResponse:
    found = _find(request, pk)
    audit.append(None, "state.viewed", actor=request.user, model="run", row=str(pk))
    cover = cover_of_run(found, user=request.user)
    return json_text(cover.with_note({"input": found.input, "result": found.result}))


@require_POST
@signed_in
def cancel(request: HttpRequest, pk: int) -> HttpResponse:
    return _act(request, pk, cancel_run, done=_("Cancelled. Its questions are withdrawn."))


@require_POST
@signed_in
def retry(request: HttpRequest, pk: int) -> HttpResponse:
    """With the answer the graph has already, or asking for another one."""
    if request.POST.get("reask"):
        return _act(request, pk, partial(retry_run, reask=True), done=_("Asking again."))
    return _act(request, pk, retry_run, done=_("Trying again."))


def _find(request: HttpRequest, pk: int) -> Run:
    """To be shown, not saved: what is masked is masked in it."""
    visible = Run.objects.visible_to(request.user).select_related("agent", "requested_by")
    found = get_object_or_404(visible, pk=pk)
    veil([found], user=request.user)
    return found


def _act(request: HttpRequest, pk: int, verb: Callable[..., Run], *, done: str) -> HttpResponse:
    try:
        verb(pk, actor=request.user, via="page")
    except NotFound as error:
        raise Http404 from error
    except Forbidden as error:
        raise PermissionDenied(error.detail) from error
    except Conflict as error:
        back = reverse("run", args=[pk])
        return page(
            request, "409.html", section="runs", status=409,
            title=_("Too late"), reason=error.detail, back=back,
        )  # fmt: skip
    messages.success(request, done)
    return go(request, reverse("run", args=[pk]))
