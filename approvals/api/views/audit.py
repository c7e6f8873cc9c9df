from __future__ import annotations

from datetime import datetime

from django.http import StreamingHttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from approvals import audit
from approvals.api.base import ApiView, read_query
from approvals.api.paging import Order, PageQuery, paged
from approvals.api.schema import answers, page_of
from approvals.api.serializers.runs import AuditQuery, AuditRow
from approvals.audit.export import export
from approvals.audit.selecting import as_texts, selected
from approvals.exceptions import Forbidden

NEWEST = Order(columns={"at": datetime, "id": int}, descending=True)


class AuditView(ApiView):
    scopes = {"GET": "audit:read"}

    @extend_schema(
        operation_id="audit_list",
        parameters=[AuditQuery, PageQuery],
        responses=answers(200, page_of(AuditRow)),
    )
    def get(self, request: Request) -> Response:
        """The history of every run and of the site, newest first. For auditors and operators."""
        _refuse_others(request)
        return paged(
            request,
            selected(read_query(request, AuditQuery)),
            order=NEWEST,
            serialize=lambda rows: AuditRow(rows, many=True).data,
        )


class AuditExportView(ApiView):
    scopes = {"GET": "audit:read"}
    http_method_names = ["get"]

    @extend_schema(
        operation_id="audit_export",
        parameters=[AuditQuery],
        responses=answers((200, "application/zip"), OpenApiTypes.BINARY),
    )
    def get(self, request: Request) -> StreamingHttpResponse:
        """Entries with their proofs, the keys, and a program that checks them, as a zip archive.

        The export is itself an entry.
        """
        _refuse_others(request)
        query = read_query(request, AuditQuery)
        filters = as_texts(query)
        audit.append(
            None, "audit.exported", actor=request.user, form="zip", complete=not filters,
            filters=filters,
        )  # fmt: skip
        response = StreamingHttpResponse(
            export(selected(query), filters=filters), content_type="application/zip"
        )
        name = f"audit-{timezone.now():%Y%m%d-%H%M%S}.zip"
        response["Content-Disposition"] = f'attachment; filename="{name}"'
        return response


def _refuse_others(request: Request) -> None:
    if not request.user.has_perm("approvals.view_auditentry"):
        raise Forbidden(_("You may not read the audit."))
