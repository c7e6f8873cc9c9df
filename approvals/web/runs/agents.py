"""Agents a worker published: the list, one of them, and starting a run from its input schema."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from approvals import permissions, schemaform
from approvals.exceptions import ApprovalsError, Forbidden, Invalid, NotFound
from approvals.insights.figures import Tally
from approvals.insights.queue import counted_for
from approvals.insights.tables import VERBS
from approvals.models import Agent, Run
from approvals.schemaform.classify import Schemas
from approvals.schemaform.pointers import child
from approvals.schemaform.variants import fresh
from approvals.services.runs import start_run
from approvals.web.insights.charts import said
from approvals.web.reader.zones import zone_of_form
from approvals.web.runs.drawing import draw
from approvals.web.runs.inputs import rows_of
from approvals.web.shell import count_of, go, page, signed_in, twin, waiting_count

RECENT = 8


@require_GET
@signed_in
def agents(request: HttpRequest) -> HttpResponse:
    return page(
        request,
        "agents.html",
        section="agents",
        agents=list(Agent.objects.defer("input_schema", "drawing").order_by("title")),
        may_start=permissions.can_start_runs(request.user),
    )


@require_GET
@signed_in
def agent(request: HttpRequest, key: str) -> HttpResponse:
    """One agent. Everyone sees what it is; of its questions and runs, only what they may see."""
    found = get_object_or_404(Agent, key=key)
    runs = Run.objects.visible_to(request.user).filter(agent=found).select_related("requested_by")
    shown = ("status", "created_at", "requested_by__username")
    return page(
        request,
        "agent.html",
        section="agents",
        agent=found,
        drawing=draw(found),
        inputs=rows_of(found.input_schema),
        unknown=list(found.unknown_types.all()[:RECENT]),
        questions=waiting_count(request, agent=found),
        numbers=_numbers(request, found),
        failed=count_of(runs.filter(status=Run.Status.ERROR)),
        runs=list(runs.only(*shown).order_by("-created_at", "-id")[:RECENT]),
        may_start=found.is_startable and permissions.can_start_runs(request.user),
    )


def _numbers(request: HttpRequest, agent: Agent) -> list[tuple[str, str]]:
    """What was decided of its questions in thirty days, as far as this person may know."""
    _span, figures = counted_for(request.user, range="30d")
    tally = figures.agents.get(agent.key, Tally())
    if not tally.count:
        return []
    shares = [(words, tally.share(verb)) for verb, words in VERBS.items()]
    return [
        (_("Decided"), said(tally.count, "number")),
        *((words, said(share, "share")) for words, share in shares if share),
        (_("Median wait"), said(tally.median, "seconds")),
        (_("Median decision"), said(tally.took_median, "took")),
    ]


@require_http_methods(["GET", "POST"])
@signed_in
def start(request: HttpRequest, key: str) -> HttpResponse:
    agent = get_object_or_404(Agent.objects.exclude(kind=Agent.Kind.REQUEST), key=key)
    if not permissions.can_start_runs(request.user):
        raise PermissionDenied(_("You may look at agents, but not start runs of them."))
    if request.method != "POST":
        return _show(request, agent, _initial(agent), {})
    proposal = _initial(agent)
    try:
        zone = zone_of_form(request)
        values = schemaform.parse(agent.input_schema, proposal, request.POST, tz=zone)
        errors: Mapping[str, str] = {}
    except schemaform.FormError as error:
        values, errors = error.value, error.errors
    if op := request.POST.get("_op"):
        changed = schemaform.apply_op(agent.input_schema, values, op, original=proposal)
        return _show(request, agent, changed, {})
    if errors:
        return _show(request, agent, values, errors, status=422)
    return _start(request, agent, values)


def _initial(agent: Agent) -> Any:
    """What the form of a new run starts from: defaults, and what is required laid out empty.

    `x: str = None` is common, and its schema refuses its own default; such a field starts unset.
    """
    schema, schemas = agent.input_schema, Schemas(agent.input_schema)
    start = fresh(schemas, schemas.field(schema))
    if not isinstance(start, dict):
        return start
    refused = schemaform.validate(schema, start)
    return {key: value for key, value in start.items() if child("", key) not in refused}


def _start(request: HttpRequest, agent: Agent, values: Any) -> HttpResponse:
    try:
        run = start_run(agent_key=agent.key, input=values, requested_by=request.user, via="page")
    except NotFound as error:
        raise Http404 from error
    except Forbidden as error:
        raise PermissionDenied(error.detail) from error
    except Invalid as error:
        faults = {fault["pointer"]: fault["message"] for fault in error.errors}
        return _show(request, agent, values, faults or {"": error.detail}, status=422)
    except ApprovalsError as error:
        return _show(request, agent, values, {"": error.detail}, status=error.status)
    messages.success(request, _("Started."))
    return go(request, reverse("run", args=[run.pk]))


def _show(
    request: HttpRequest,
    agent: Agent,
    values: Any,
    errors: Mapping[str, str],
    *,
    status: int = 200,
) -> HttpResponse:
    zone = zone_of_form(request)
    form = schemaform.render(
        agent.input_schema,
        values,
        original=_initial(agent),
        errors=errors,
        tz=zone,
    )
    return twin(
        request,
        "start.html",
        moving="_start.html",
        section="agents",
        status=status,
        agent=agent,
        form=form,
        zone=zone,
        problem=errors.get("", ""),
    )
