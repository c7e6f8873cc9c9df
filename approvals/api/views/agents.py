from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from approvals.api.base import ApiView
from approvals.api.paging import Order, PageQuery, paged
from approvals.api.schema import answers, page_of
from approvals.api.serializers.runs import AgentRow
from approvals.models import Agent

BY_KEY = Order(columns={"key": str})


class AgentsView(ApiView):
    scopes = {"GET": "agents:read"}

    @extend_schema(
        operation_id="agents_list",
        parameters=[PageQuery],
        responses=answers(200, page_of(AgentRow)),
    )
    def get(self, request: Request) -> Response:
        """What the workers found, with the JSON Schema of the input each agent takes."""
        return paged(
            request,
            Agent.objects.all(),
            order=BY_KEY,
            serialize=lambda rows: AgentRow(rows, many=True).data,
        )
