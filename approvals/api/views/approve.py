"""The guide's two endpoints, under the rules of deciding."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from approvals.api.authentication import auth_method
from approvals.api.base import ApiView, read_body
from approvals.api.errors import pointing_at
from approvals.api.idempotency import answer_once
from approvals.api.paging import PageQuery, paged
from approvals.api.schema import IDEMPOTENCY, answers, page_of
from approvals.api.serializers.deciding import ApproveBody, Approved
from approvals.api.serializers.interrupts import WaitingRow
from approvals.api.thread import as_decisions, how_it_went, pending_question, settled
from approvals.api.views.interrupts import URGENT, listed
from approvals.hiding.veiling import veiled
from approvals.models import Decision, Interrupt, Run
from approvals.permissions import groups_of, is_own_request, is_reviewer, missing_groups
from approvals.policy.care import Care
from approvals.services.decisions import decide

_LEFT_OUT = (
    "request",
    "actions",
    "state",
    "run__input",
    "run__config",
    "run__metadata",
    "run__result",
    "run__error",
)


class ApproveView(ApiView):
    scopes = {"POST": "interrupts:decide"}

    @extend_schema(
        operation_id="approve",
        parameters=[IDEMPOTENCY],
        request=ApproveBody,
        responses=answers(200, Approved, writing=True),
    )
    def post(self, request: Request) -> Response:
        """Approve or reject the one question that a thread waits with, and say how it went on."""
        body = read_body(request, ApproveBody)
        approved = body["approved"]

        def record() -> Response:
            question = _decide(request, body)
            return Response(_told(request, how_it_went(question.run_id, approved=approved)))

        def follow_up(response: Response) -> Response:
            return Response(_told(request, settled(response.data, approved=approved)))

        return answer_once(request, record, follow_up=follow_up)


class PendingApprovalsView(ApiView):
    scopes = {"GET": "interrupts:read"}

    @extend_schema(
        operation_id="pending_approvals",
        parameters=[PageQuery],
        responses=answers(200, page_of(WaitingRow)),
    )
    def get(self, request: Request) -> Response:
        """Every question that waits and that you may see, most urgent first, with its thread."""
        may_decide, mine = is_reviewer(request.user), groups_of(request.user)

        def can_decide(question: Interrupt) -> bool:
            others = is_own_request(request.user, question) or missing_groups(question, mine)
            return may_decide and not others

        rows = listed(request).pending().select_related("requested_by", "assignee", "run")
        return paged(
            request,
            rows.defer(None).defer(*_LEFT_OUT),
            order=URGENT,
            serialize=lambda found: (
                WaitingRow(found, many=True, context={"can_decide": can_decide}).data
            ),
        )


def _told(request: Request, said: dict[str, Any]) -> dict[str, Any]:
    run = Run(pk=said["run"])
    return {**said, "result": veiled(run, said["result"], user=request.user)}


def _decide(request: Request, body: dict[str, Any]) -> Interrupt:
    question = pending_question(request.user, body["thread_id"])
    notes = body["notes"] or ""
    with pointing_at("/approved"):
        decide(
            question.pk,
            actor=request.user,
            version=body.get("version", question.version),
            digest=body.get("digest", question.digest),
            decisions=as_decisions(question, approved=body["approved"], notes=notes),
            reason=notes,
            reason_code=body["reason_code"],
            via=Decision.Via.APPROVE,
            auth_method=auth_method(request),
            care=Care(checked=body["checked"], retyped=body["retyped"]),
        )
    return question
