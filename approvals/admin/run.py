from __future__ import annotations

from django.contrib import admin
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from approvals.admin.audit import AuditEntryInline
from approvals.admin.readonly import ReadOnlyAdmin, ReadOnlyInline, pretty
from approvals.hiding.veiling import veiled
from approvals.models import Interrupt, Run


class InterruptInline(ReadOnlyInline):
    model = Interrupt
    fk_name = "run"
    fields = ("title", "status", "risk", "created_at", "updated_at")
    readonly_fields = fields
    ordering = ("id",)
    verbose_name_plural = _("Questions")


@admin.register(Run)
class RunAdmin(ReadOnlyAdmin):
    shows_state = True
    list_display = ("id", "agent", "status", "requested_by", "thread_id", "created_at")
    list_filter = ("status", "agent", "created_at")
    list_select_related = ("agent", "requested_by")
    search_fields = ("=id", "thread_id", "requested_by__username")
    ordering = ("-created_at", "-id")
    inlines = (InterruptInline, AuditEntryInline)
    fields = (
        "agent",
        "agent_version",
        "status",
        "requested_by",
        "thread_id",
        "given",
        "configuration",
        "outcome",
        "failure",
        "attempts",
        "created_at",
        "updated_at",
        "finished_at",
    )
    readonly_fields = fields

    @admin.display(description=_("Input"))
    def given(self, run: Run) -> SafeString:
        return pretty(veiled(run, run.input, user=None))

    @admin.display(description=_("Configuration"))
    def configuration(self, run: Run) -> SafeString:
        return pretty(run.config)

    @admin.display(description=_("Result"))
    def outcome(self, run: Run) -> SafeString:
        return pretty(veiled(run, run.result, user=None))

    @admin.display(description=_("Error"))
    def failure(self, run: Run) -> SafeString:
        return pretty(veiled(run, run.error, user=None))
