from __future__ import annotations

from datetime import datetime

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from approvals.api.base import ApiView, read_query
from approvals.api.paging import Order, PageQuery, paged
from approvals.api.schema import answers, page_of
from approvals.api.serializers.runs import AuditQuery, AuditRow
from approvals.exceptions import Forbidden
from approvals.models import AuditEntry

NEWEST = Order(columns={"at": datetime, "id": int}, descending=True)


class AuditView(ApiView):
    scopes = {"GET": "audit:read"}

    @extend_schema(
        operation_id="audit_list",
        parameters=[AuditQuery, PageQuery],
        responses=answers(200, page_of(AuditRow)),
    )
    def get(self, request: Request) -> Response:
        """The history of every run, newest first. For auditors and operators."""
        if not request.user.has_perm("approvals.view_auditentry"):
            raise Forbidden("You may not read the audit.")
        query = read_query(request, AuditQuery)
        if actor := query.pop("actor", None):
            query["actor__username"] = actor
        return paged(
            request,
            AuditEntry.objects.filter(**query).select_related("actor"),
            order=NEWEST,
            serialize=lambda rows: AuditRow(rows, many=True).data,
        )
