from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from approvals.admin.audit import AuditEntryInline
from approvals.admin.readonly import ReadOnlyAdmin, link, pretty
from approvals.models import Decision, Interrupt
from approvals.stored import effect_of, summary_of, title_of


@admin.register(Interrupt)
class InterruptAdmin(ReadOnlyAdmin):
    shows_state = True
    list_display = ("id", "asked", "agent", "risk", "status", "requested_by", "created_at")
    list_display_links = ("id", "asked")
    list_filter = ("status", "risk", "agent", "dialect", "created_at")
    list_select_related = ("agent", "requested_by")
    search_fields = ("title", "summary", "run__thread_id", "digest")
    ordering = ("-created_at", "-id")
    inlines = (AuditEntryInline,)
    fields = (
        "asked",
        "gist",
        "consequence",
        "description",
        "of_run",
        "the_decision",
        "status",
        "risk",
        "requested_by",
        "assignee",
        "dialect",
        "node",
        "agent_version",
        "version",
        "digest",
        "proposed",
        "payload",
        "state_at_pause",
        "due_at",
        "on_timeout",
        "sweep_error",
        "escalated_at",
        "created_at",
        "updated_at",
    )
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[Interrupt]:
        rows = super().get_queryset(request)
        is_list = request.resolver_match and request.resolver_match.url_name.endswith("changelist")
        return rows.without_payloads() if is_list else rows

    @admin.display(description=_("Question"), ordering="title")
    def asked(self, question: Interrupt) -> str:
        return title_of(question)

    @admin.display(description=_("summary"))
    def gist(self, question: Interrupt) -> str:
        return summary_of(question)

    @admin.display(description=_("effect"))
    def consequence(self, question: Interrupt) -> str:
        return effect_of(question)

    @admin.display(description=_("Run"))
    def of_run(self, question: Interrupt) -> str | SafeString:
        return link(question.run)

    @admin.display(description=_("Decision"))
    def the_decision(self, question: Interrupt) -> str | SafeString:
        return link(Decision.objects.filter(interrupt=question).first())

    @admin.display(description=_("Proposed actions"))
    def proposed(self, question: Interrupt) -> SafeString:
        return pretty(question.actions)

    @admin.display(description=_("What the graph asked"))
    def payload(self, question: Interrupt) -> SafeString:
        return pretty(question.request)

    @admin.display(description=_("State at the pause"))
    def state_at_pause(self, question: Interrupt) -> SafeString:
        return pretty(question.state)
