from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from approvals.api.base import ApiView, read_query
from approvals.api.paging import Order, PageQuery, paged
from approvals.api.schema import answers, page_of
from approvals.api.serializers.interrupts import InterruptFull, InterruptQuery, InterruptRow
from approvals.exceptions import NotFound
from approvals.models import Interrupt
from approvals.services.handling import PEOPLE

URGENT = Order(columns={"rank": int, "due_sort": datetime, "created_at": datetime, "id": int})
TOUCHED = Order(columns={"updated_at": datetime, "id": int}, descending=True)
NEWEST = Order(columns={"id": int}, descending=True)

ME = "me"


class InterruptsView(ApiView):
    scopes = {"GET": "interrupts:read"}

    @extend_schema(
        operation_id="interrupts_list",
        parameters=[InterruptQuery, PageQuery],
        responses=answers(200, page_of(InterruptRow)),
    )
    def get(self, request: Request) -> Response:
        """The questions you may see, without their payloads.

        With status=pending the most urgent first; with another status the last touched first;
        without one, every question, newest first.
        """
        query = read_query(request, InterruptQuery)
        return paged(
            request,
            _narrowed(listed(request), query, request),
            order=_order(query.get("status")),
            serialize=lambda rows: InterruptRow(rows, many=True).data,
        )


class InterruptView(ApiView):
    scopes = {"GET": "interrupts:read"}

    @extend_schema(operation_id="interrupts_read", responses=answers(200, InterruptFull))
    def get(self, request: Request, interrupt_id: int) -> Response:
        """One question in full, with the decision when there is one."""
        rows = Interrupt.objects.visible_to(request.user).select_related(
            "requested_by", *PEOPLE, "decision__actor"
        )
        question = rows.filter(pk=interrupt_id).first()
        if question is None:
            raise NotFound
        return Response(InterruptFull(question).data)


def listed(request: Request) -> QuerySet[Interrupt]:
    """The questions this person may see, with what a row of a list shows."""
    rows = Interrupt.objects.visible_to(request.user).without_payloads()
    return rows.select_related("requested_by", *PEOPLE)


def _order(status: str | None) -> Order:
    """As there are indexes for."""
    if status == Interrupt.Status.PENDING:
        return URGENT
    return TOUCHED if status else NEWEST


def _narrowed(
    rows: QuerySet[Interrupt], query: Mapping[str, Any], request: Request
) -> QuerySet[Interrupt]:
    exact = {name: query[name] for name in ("status", "run", "agent", "risk") if name in query}
    rows = rows.filter(**exact)
    if name := query.get("assignee"):
        rows = rows.filter(assignee__username=request.user.username if name == ME else name)
    if text := query.get("q"):
        rows = rows.filter(Q(title__icontains=text) | Q(summary__icontains=text))
    return rows
