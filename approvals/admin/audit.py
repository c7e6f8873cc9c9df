from __future__ import annotations

from django.contrib import admin
from django.utils.safestring import SafeString

from approvals.admin.readonly import ReadOnlyAdmin, ReadOnlyInline, link, pretty
from approvals.models import AuditEntry


class AuditEntryInline(ReadOnlyInline):
    model = AuditEntry
    fields = ("seq", "at", "action", "actor", "said")
    readonly_fields = fields
    ordering = ("seq",)

    @admin.display(description="Data")
    def said(self, entry: AuditEntry) -> SafeString:
        return pretty(entry.data)


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyAdmin):
    list_display = ("at", "action", "actor", "of_run", "seq", "of_question")
    list_filter = ("action", "at")
    list_select_related = ("actor", "run", "interrupt")
    search_fields = ("actor__username", "run__thread_id", "interrupt__title")
    ordering = ("-at", "-id")
    fields = (
        "at",
        "action",
        "actor",
        "of_run",
        "seq",
        "of_question",
        "said",
        "prev_hash",
        "hash",
    )
    readonly_fields = fields

    @admin.display(description="Run", ordering="run")
    def of_run(self, entry: AuditEntry) -> str | SafeString:
        return link(entry.run)

    @admin.display(description="Question", ordering="interrupt")
    def of_question(self, entry: AuditEntry) -> str | SafeString:
        return link(entry.interrupt)

    @admin.display(description="Data")
    def said(self, entry: AuditEntry) -> SafeString:
        return pretty(entry.data)
