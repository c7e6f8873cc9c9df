from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from approvals import audit
from approvals.admin.readonly import ReadOnlyAdmin, ReadOnlyInline, link, pretty
from approvals.audit import sheet
from approvals.audit.status import status
from approvals.models import AuditEntry


class AuditEntryInline(ReadOnlyInline):
    model = AuditEntry
    fields = ("seq", "at", "action", "actor", "said")
    readonly_fields = fields
    ordering = ("at", "id")

    @admin.display(description=_("Data"))
    def said(self, entry: AuditEntry) -> SafeString:
        return pretty(entry.data)


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyAdmin):
    list_display = ("moment", "action", "actor", "of_run", "seq", "of_question")
    list_filter = ("action", "at", ("run", admin.EmptyFieldListFilter))
    list_select_related = ("actor", "run", "interrupt")
    search_fields = ("actor__username", "run__thread_id", "interrupt__title", "=run__id", "=hash")
    search_help_text = _("Name of a person, thread, title of a question, number of a run, or hash.")
    ordering = ("-at", "-id")
    fields = (
        "at",
        "action",
        "actor",
        "of_run",
        "seq",
        "of_question",
        "said",
        "is_erased",
        "commitment",
        "prev_hash",
        "hash",
    )
    readonly_fields = fields

    def get_urls(self) -> list[URLPattern]:
        csv = path("csv/", self.admin_site.admin_view(self.csv), name="approvals_auditentry_csv")
        return [csv, *super().get_urls()]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        query = f"?{request.GET.urlencode()}" if request.GET else ""
        csv_url = reverse("admin:approvals_auditentry_csv") + query
        own = {"status": status(), "csv_url": csv_url}
        return super().changelist_view(request, own | (extra_context or {}))

    def csv(self, request: HttpRequest) -> StreamingHttpResponse:
        """What the list shows with these filters, all of it. Downloading it is itself an entry."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        try:
            rows = self.get_changelist_instance(request).get_queryset(request)
        except IncorrectLookupParameters as error:
            raise BadRequest from error
        audit.append(
            None, "audit.exported", actor=request.user, form="csv", complete=not request.GET,
            filters=request.GET.dict(),
        )  # fmt: skip
        response = StreamingHttpResponse(sheet.lines(rows), content_type="text/csv; charset=utf-8")
        name = f"audit-{timezone.now():%Y%m%d-%H%M%S}.csv"
        response["Content-Disposition"] = f'attachment; filename="{name}"'
        return response

    @admin.display(description=_("at"), ordering="at")
    def moment(self, entry: AuditEntry) -> str:
        return f"{timezone.localtime(entry.at):%Y-%m-%d %H:%M:%S}"

    @admin.display(description=_("Run"), ordering="run")
    def of_run(self, entry: AuditEntry) -> str | SafeString:
        return link(entry.run)

    @admin.display(description=_("Question"), ordering="interrupt")
    def of_question(self, entry: AuditEntry) -> str | SafeString:
        return link(entry.interrupt)

    @admin.display(description=_("Data"))
    def said(self, entry: AuditEntry) -> SafeString:
        return pretty(entry.data)

    @admin.display(description=_("Erased"), boolean=True)
    def is_erased(self, entry: AuditEntry) -> bool:
        return entry.is_erased
