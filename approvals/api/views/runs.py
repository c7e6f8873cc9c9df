from __future__ import annotations

from datetime import datetime
from typing import Any

from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from approvals.api.base import ApiView, read_body, read_query
from approvals.api.errors import pointing_into
from approvals.api.idempotency import answer_once
from approvals.api.paging import MAX_SIZE, Order, PageQuery, paged
from approvals.api.schema import IDEMPOTENCY, answers, page_of
from approvals.api.serializers.runs import (
    AuditRow,
    CancelBody,
    RetryBody,
    RunQuery,
    RunRow,
    StartBody,
)
from approvals.exceptions import NotFound
from approvals.hiding.veiling import veil
from approvals.models import AuditEntry, Decision, Run
from approvals.services.runs import cancel_run, retry_run, start_run

NEWEST = Order(columns={"created_at": datetime, "id": int}, descending=True)
IN_ORDER = Order(columns={"seq": int})


class RunsView(ApiView):
    scopes = {"GET": "runs:read", "POST": "runs:write"}

    @extend_schema(
        operation_id="runs_list",
        parameters=[RunQuery, PageQuery],
        responses=answers(200, page_of(RunRow)),
    )
    def get(self, request: Request) -> Response:
        """The runs you may see, newest first."""
        narrowed = read_query(request, RunQuery)
        rows = Run.objects.visible_to(request.user).filter(**narrowed).defer("config")
        return paged(
            request,
            rows.select_related("requested_by"),
            order=NEWEST,
            serialize=lambda found: _shown(request, found, many=True),
        )

    @extend_schema(
        operation_id="runs_start",
        parameters=[IDEMPOTENCY],
        request=StartBody,
        responses=answers(201, RunRow, writing=True),
    )
    def post(self, request: Request) -> Response:
        """Start a run. A worker takes it up at once."""
        asked = read_body(request, StartBody)

        def start() -> Response:
            with pointing_into("/input"):
                run = start_run(
                    agent_key=asked.pop("agent"), requested_by=request.user, via="api", **asked
                )
            where = reverse("api:run", args=[run.pk])
            return Response(_stored(request, run), status=201, headers={"Location": where})

        return answer_once(request, start)


class RunView(ApiView):
    scopes = {"GET": "runs:read"}

    @extend_schema(operation_id="runs_read", responses=answers(200, RunRow))
    def get(self, request: Request, run_id: int) -> Response:
        """One run, with its result or its error."""
        return Response(_shown(request, _visible(request, run_id)))


class TimelineView(ApiView):
    scopes = {"GET": "runs:read"}

    @extend_schema(
        operation_id="runs_timeline",
        parameters=[PageQuery],
        responses=answers(200, page_of(AuditRow)),
    )
    def get(self, request: Request, run_id: int) -> Response:
        """What happened in a run, in order."""
        run = _visible(request, run_id)
        return paged(
            request,
            AuditEntry.objects.filter(run=run).select_related("actor"),
            order=IN_ORDER,
            serialize=lambda rows: AuditRow(rows, many=True).data,
            size=MAX_SIZE,
        )


class CancelView(ApiView):
    scopes = {"POST": "runs:write"}

    @extend_schema(
        operation_id="runs_cancel",
        parameters=[IDEMPOTENCY],
        request=CancelBody,
        responses=answers(200, RunRow, writing=True),
    )
    def post(self, request: Request, run_id: int) -> Response:
        """Withdraw the run's questions and end it. The status changes when a worker has done so."""
        body = read_body(request, CancelBody)

        def cancel() -> Response:
            run = cancel_run(run_id, actor=request.user, via=Decision.Via.API, **body)
            return Response(_stored(request, run))

        return answer_once(request, cancel)


class RetryView(ApiView):
    scopes = {"POST": "runs:write"}

    @extend_schema(
        operation_id="runs_retry",
        parameters=[IDEMPOTENCY],
        request=RetryBody,
        responses=answers(200, RunRow, writing=True),
    )
    def post(self, request: Request, run_id: int) -> Response:
        """Run a failed node again, with the stored answer or after asking anew."""
        body = read_body(request, RetryBody)

        def retry() -> Response:
            run = retry_run(run_id, actor=request.user, via=Decision.Via.API, **body)
            return Response(_stored(request, run))

        return answer_once(request, retry)


def _visible(request: Request, run_id: int) -> Run:
    rows = Run.objects.visible_to(request.user).select_related("requested_by")
    run = rows.filter(pk=run_id).first()
    if run is None:
        raise NotFound
    return run


def _stored(request: Request, run: Run) -> Any:
    """The run as PostgreSQL has it: a service leaves its times as expressions."""
    return _shown(request, Run.objects.select_related("requested_by").get(pk=run.pk))


def _shown(request: Request, run: Run | list[Run], *, many: bool = False) -> Any:
    veil(run if isinstance(run, list) else [run], user=request.user)
    return RunRow(run, many=many, context={"request": request}).data
