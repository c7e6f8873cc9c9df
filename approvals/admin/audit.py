from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import BadRequest, PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from approvals import audit
from approvals.admin.decision import OneOf
from approvals.admin.readonly import ReadOnlyAdmin, ReadOnlyInline, link, pretty
from approvals.audit import sheet
from approvals.audit.status import status
from approvals.models import AuditEntry
from approvals.models.audit_actions import ACTIONS, action_label, actions_like

SHORTEST = 3
"""Fewer letters stand in the names of too many actions to mean one."""


def named(action: str) -> SafeString:
    """An action in the reader's words, with the code that is stored."""
    return format_html('{} <code class="quiet">{}</code>', action_label(action), action)


class ActionFilter(OneOf):
    title, parameter_name, words = _("action"), "action", ACTIONS

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, Any]]:
        return sorted(super().lookups(request, model_admin), key=lambda one: str(one[1]).casefold())


class AuditEntryInline(ReadOnlyInline):
    model = AuditEntry
    fields = ("seq", "at", "what", "actor", "said")
    readonly_fields = fields
    ordering = ("at", "id")

    @admin.display(description=_("action"))
    def what(self, entry: AuditEntry) -> SafeString:
        return named(entry.action)

    @admin.display(description=_("Data"))
    def said(self, entry: AuditEntry) -> SafeString:
        return pretty(entry.data)


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyAdmin):
    list_display = ("moment", "what", "actor", "of_run", "seq", "of_question")
    list_filter = (ActionFilter, "at", ("run", admin.EmptyFieldListFilter))
    list_select_related = ("actor", "run", "interrupt")
    search_fields = (
        "actor__username", "run__thread_id", "interrupt__title", "=run__id", "=hash", "=action",
    )  # fmt: skip
    search_help_text = _(
        "Name of a person, thread, title of a question, number of a run, action or its code, or hash."
    )
    ordering = ("-at", "-id")
    fields = (
        "at",
        "what",
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

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[AuditEntry], search_term: str
    ) -> tuple[QuerySet[AuditEntry], bool]:
        """Also by what an action is called on the page, which no row says."""
        found, has_doubles = super().get_search_results(request, queryset, search_term)
        if len(search_term.strip()) >= SHORTEST and (codes := actions_like(search_term)):
            found |= queryset.filter(action__in=codes)
        return found, has_doubles

    @admin.display(description=_("action"), ordering="action")
    def what(self, entry: AuditEntry) -> SafeString:
        return named(entry.action)

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
