from __future__ import annotations

from typing import Any

from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from approvals.api.base import ApiView, read_body, read_query
from approvals.api.idempotency import HEADER, answer_once
from approvals.api.schema import IDEMPOTENCY, answers
from approvals.api.serializers.requests import (
    AskBody,
    CallbackState,
    RequestTold,
    WaitQuery,
    WithdrawBody,
)
from approvals.api.waiting import wait_for
from approvals.exceptions import NotFound
from approvals.models import Decision
from approvals.requests.standing import PENDING, as_told, standing_rows
from approvals.services.requests import ask, withdraw


class RequestsView(ApiView):
    scopes = {"POST": "requests:write"}

    @extend_schema(
        operation_id="requests_ask",
        parameters=[IDEMPOTENCY],
        request=AskBody,
        responses=answers(201, RequestTold, writing=True),
    )
    def post(self, request: Request) -> Response:
        """Ask a person, without a graph. 200 when the request of this key is there already."""
        asking = read_body(request, AskBody)
        how = {name: asking.pop(name) for name in ("source", "expires_at", "callback_url")}

        def put() -> Response:
            made, is_new = ask(
                asking,
                requested_by=request.user,
                via=Decision.Via.API,
                key=request.headers.get(HEADER, ""),
                **how,
            )
            where = reverse("api:request", args=[made.pk])
            told = _told(request, made.pk)
            return Response(told, status=201 if is_new else 200, headers={"Location": where})

        return answer_once(request, put)


class RequestView(ApiView):
    scopes = {"GET": "requests:read"}

    @extend_schema(
        operation_id="requests_read",
        parameters=[WaitQuery],
        responses=answers(200, RequestTold),
    )
    def get(self, request: Request, request_id: int) -> Response:
        """How a request stands; with `wait`, as soon as it is no longer pending.

        When several requests of a server process wait already, the next is answered at once.
        """
        seconds = read_query(request, WaitQuery)["wait"]
        told = wait_for(
            lambda: _told(request, request_id),
            _told(request, request_id),
            seconds=seconds,
            is_over=lambda seen: seen["status"] != PENDING,
        )
        return Response(told)


class WithdrawView(ApiView):
    scopes = {"POST": "requests:write"}

    @extend_schema(
        operation_id="requests_cancel",
        parameters=[IDEMPOTENCY],
        request=WithdrawBody,
        responses=answers(200, RequestTold, writing=True),
    )
    def post(self, request: Request, request_id: int) -> Response:
        """Withdraw a request that waits. 409 when it is decided, expired or cancelled already."""
        body = read_body(request, WithdrawBody)

        def take_back() -> Response:
            withdraw(request_id, actor=request.user, via=Decision.Via.API, **body)
            return Response(_told(request, request_id))

        return answer_once(request, take_back)


def _told(request: Request, request_id: int) -> dict[str, Any]:
    rows = standing_rows().visible_to(request.user).prefetch_related("deliveries")
    found = rows.filter(pk=request_id).first()
    if found is None:
        raise NotFound
    latest = max(found.deliveries.all(), key=lambda delivery: delivery.pk, default=None)
    return as_told(found) | {
        "interrupt": found.interrupt_id,
        # It may hold a secret of the asker's.
        "callback_url": found.callback_url if found.requested_by_id == request.user.pk else "",
        "callback": CallbackState(latest).data if latest else None,
    }
