"""Earlier states of a run: the list, one of them, and the form that forks it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from approvals import audit, permissions
from approvals.exceptions import ApprovalsError, Conflict, Forbidden, Invalid, NotFound
from approvals.hiding.covering import cover_of_run
from approvals.models import Checkpoint, Run
from approvals.schemaform.nodes import STATE
from approvals.services.forks import editable_of, fork_run
from approvals.services.history import NoHistory, note_opening, reading_of, want_history
from approvals.web.answer.sheets import Filled, Form, Sheet
from approvals.web.reader.zones import zone_of_form
from approvals.web.runs.past import Past, comparison, obstacle_of
from approvals.web.runs.steps import MOST, length_of, lengths_of, states_of
from approvals.web.shell import go, json_text, page, signed_in, twin


@require_GET
@signed_in
def history(request: HttpRequest, pk: int) -> HttpResponse:
    run = _run(request, pk)
    try:
        reading = want_history(run)
    except NoHistory as error:
        return _too_late(request, error, back=reverse("run", args=[pk]), title=_("Nothing to show"))
    rows = states_of(run, most=MOST + 1)
    lengths = lengths_of(run, rows)
    return twin(
        request,
        "travel/history.html",
        moving="travel/_history.html",
        section="runs",
        run=run,
        reading=reading_of(run, reading),
        problem=reading.problem,
        is_cut=reading.is_cut or len(rows) > MOST,
        rows=[Past.of(row, run=run, length=lengths.get(row.checkpoint_id)) for row in rows[:MOST]],
    )


@require_GET
@signed_in
def checkpoint(request: HttpRequest, pk: int, checkpoint_id: str) -> HttpResponse:
    found = _checkpoint(request, pk, checkpoint_id)
    return _show(request, found, Filled(value=_form(found).base))


@require_GET
@signed_in
def raw(request: HttpRequest, pk: int, checkpoint_id: str) -> HttpResponse:
    found = _checkpoint(request, pk, checkpoint_id)
    row = f"{pk}/{checkpoint_id}"
    audit.append(None, "state.viewed", actor=request.user, model="checkpoint", row=row)
    return json_text(found.run.input if found.is_input else found.state)


@require_POST
@signed_in
def fork(request: HttpRequest, pk: int, checkpoint_id: str) -> HttpResponse:
    found = _checkpoint(request, pk, checkpoint_id)
    if not permissions.can_fork(request.user):
        raise PermissionDenied(_("You may look at earlier states, but not fork runs."))
    form = _form(found)
    filled = form.read(request.POST, zone=zone_of_form(request))
    if form.is_pressed(request.POST):
        return _show(request, found, form.after_op(filled, request.POST))
    if filled.errors:
        return _show(request, found, filled, status=422)
    return _fork(request, found, filled, values=_changed(form, filled.value))


def _fork(
    request: HttpRequest, found: Checkpoint, filled: Filled, *, values: dict[str, Any]
) -> HttpResponse:
    try:
        made = fork_run(
            found.run_id, found.checkpoint_id, actor=request.user, via="page", values=values
        )
    except NotFound as error:
        raise Http404 from error
    except Forbidden as error:
        raise PermissionDenied(error.detail) from error
    except Invalid as error:
        faults = {fault["pointer"]: fault["message"] for fault in error.errors}
        errors = faults or {"": error.detail}
        return _show(request, found, Filled(value=filled.value, errors=errors), status=422)
    except Conflict as error:
        return _too_late(request, error, back=reverse("run-history", args=[found.run_id]))
    except ApprovalsError as error:
        refused = Filled(value=filled.value, errors={"": error.detail})
        return _show(request, found, refused, status=error.status)
    messages.success(request, _("Forked. The new run goes on from there."))
    return go(request, reverse("run", args=[made.pk]))


def _show(
    request: HttpRequest, found: Checkpoint, filled: Filled, *, status: int = 200
) -> HttpResponse:
    run, obstacle, zone = found.run, obstacle_of(found), zone_of_form(request)
    may_fork = permissions.can_fork(request.user)
    return twin(
        request,
        "travel/checkpoint.html",
        moving="travel/_checkpoint.html",
        section="runs",
        status=status,
        run=run,
        past=Past.of(found, run=run, length=length_of(found)),
        state=run.input if found.is_input else found.state,
        comparison=comparison(found),
        asked=list(run.interrupts.filter(checkpoint_id=found.checkpoint_id).without_payloads()),
        forks=list(
            run.forks.visible_to(request.user)
            .filter(parent_checkpoint_id=found.checkpoint_id)
            .only("status", "parent")
        ),
        may_fork=may_fork,
        is_open=request.method == "POST",
        obstacle=obstacle,
        problem=filled.errors.get("", ""),
        form=_rendered(found, filled, zone=zone) if may_fork and not obstacle else "",
        zone=zone,
    )


def _rendered(found: Checkpoint, filled: Filled, *, zone: str) -> str:
    form = _form(found)
    return "" if form.schema is None else form.render(filled, zone=zone)


def _form(found: Checkpoint) -> Form:
    """What may be changed of it; without a schema there is nothing to fill in."""
    editable = editable_of(found.run, found)
    if editable.value is None:
        return Form(schema=None, base={}, prefix="")
    action = {"schema": editable.schema or {"type": "object"}, "args": editable.offered}
    return replace(Sheet(action=action | {"allowed": ["edit"]}, prefix="").edit, origin=STATE)


def _changed(form: Form, value: Any) -> dict[str, Any]:
    """The fields that differ, whole; one that was taken away is unset."""
    names = {change.pointer.split("/")[1] for change in form.changes(Filled(value=value))}
    return {
        name: value.get(name)
        for name in {**form.base, **value}
        if name.replace("~", "~0").replace("/", "~1") in names
    }


def _run(request: HttpRequest, pk: int) -> Run:
    visible = Run.objects.visible_to(request.user).select_related("agent", "requested_by")
    return get_object_or_404(visible.defer("result", "error"), pk=pk)


def _checkpoint(request: HttpRequest, pk: int, checkpoint_id: str) -> Checkpoint:
    run = _run(request, pk)
    found = get_object_or_404(Checkpoint, run=run, checkpoint_id=checkpoint_id)
    found.run = run
    if cover_of_run(run, user=request.user):
        raise PermissionDenied(
            _(
                "A question of this run wants a value from you before you see the agent's. "
                "Its states open once that is decided."
            )
        )
    try:
        note_opening(found, user=request.user)
    except Forbidden as error:
        raise PermissionDenied(error.detail) from error
    return found


def _too_late(request: HttpRequest, error: Conflict, *, back: str, title: str = "") -> HttpResponse:
    return page(
        request,
        "409.html",
        section="runs",
        status=409,
        title=title or _("Too late"),
        reason=error.detail,
        back=back,
    )
