"""The earlier states of a run, and runs that begin with one of them."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from approvals import schemaform
from approvals.api.base import ApiView, read_body
from approvals.api.errors import pointing_into
from approvals.api.idempotency import answer_once
from approvals.api.paging import Order, PageQuery, paged
from approvals.api.schema import IDEMPOTENCY, answers
from approvals.api.serializers.history import (
    CheckpointDetail,
    CheckpointRow,
    ForkBody,
    HistoryPage,
)
from approvals.api.serializers.runs import RunRow
from approvals.exceptions import NotFound
from approvals.models import Checkpoint, Decision, Run
from approvals.services.forks import fork_run
from approvals.services.history import (
    Reading,
    note_opening,
    reading_of,
    refuse_without_history,
    want_history,
)

LATEST = Order(columns={"checkpoint_id": str}, descending=True)
RETRY_AFTER_SECONDS = "1"


class HistoryView(ApiView):
    scopes = {"GET": "runs:read"}

    @extend_schema(
        operation_id="runs_history",
        parameters=[PageQuery],
        responses=answers(200, HistoryPage) | {202: HistoryPage},
    )
    def get(self, request: Request, run_id: int) -> Response:
        """The run's earlier states, newest first.

        Only a worker can read them: until it has, the answer is 202 with what is known so far.
        """
        run = _visible(request, run_id)
        history = want_history(run)
        status = reading_of(run, history)
        response = paged(
            request,
            Checkpoint.objects.filter(run=run).defer("state"),
            order=LATEST,
            serialize=lambda rows: CheckpointRow(rows, many=True).data,
        )
        response.data |= {"status": status, "problem": history.problem, "is_cut": history.is_cut}
        if status is Reading.READING:
            response.status_code = 202
            response["Retry-After"] = RETRY_AFTER_SECONDS
        return response


class CheckpointView(ApiView):
    scopes = {"GET": "runs:read"}

    @extend_schema(operation_id="runs_checkpoint", responses=answers(200, CheckpointDetail))
    def get(self, request: Request, run_id: int, checkpoint_id: str) -> Response:
        """One earlier state, and what the steps after it changed."""
        run = _visible(request, run_id)
        refuse_without_history(run)
        found = Checkpoint.objects.filter(run=run, checkpoint_id=checkpoint_id).first()
        if found is None:
            raise NotFound
        found.run = run
        note_opening(found, user=request.user)
        return Response(CheckpointRow(found).data | _shown(found))


class ForkView(ApiView):
    scopes = {"POST": "runs:write"}

    @extend_schema(
        operation_id="runs_fork",
        parameters=[IDEMPOTENCY],
        request=ForkBody,
        responses=answers(201, RunRow, writing=True),
    )
    def post(self, request: Request, run_id: int) -> Response:
        """Start a new run that begins with an earlier state of this one, changed or as it is."""
        body = read_body(request, ForkBody)

        def fork() -> Response:
            with pointing_into("/values"):
                made = fork_run(run_id, actor=request.user, via=Decision.Via.API, **body)
            run = Run.objects.select_related("requested_by").get(pk=made.pk)
            where = reverse("api:run", args=[run.pk])
            said = RunRow(run, context={"request": request}).data
            return Response(said, status=201, headers={"Location": where})

        return answer_once(request, fork)


def _visible(request: Request, run_id: int) -> Run:
    rows = Run.objects.visible_to(request.user).select_related("agent")
    run = rows.defer("input", "config", "metadata", "result", "error").filter(pk=run_id).first()
    if run is None:
        raise NotFound
    return run


def _shown(checkpoint: Checkpoint) -> dict[str, Any]:
    after = checkpoint.following()
    both = after is not None and None not in (checkpoint.state, after.state)
    return {
        "state": checkpoint.state,
        "next_checkpoint_id": after.checkpoint_id if after else None,
        "changes": schemaform.patch(checkpoint.state, after.state) if after and both else None,
    }
