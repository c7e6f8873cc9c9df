from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from approvals.admin.readonly import ReadOnlyAdmin, pretty
from approvals.audit.seals import seal_statement
from approvals.models import AuditSeal


@admin.register(AuditSeal)
class AuditSealAdmin(ReadOnlyAdmin):
    list_display = ("seq", "at", "count", "root", "key")
    list_filter = ("at",)
    search_fields = ("=seq", "=root", "=key")
    ordering = ("-seq",)
    fields = ("seq", "at", "count", "covered", "root", "prev_hash", "key", "signature", "signed")
    readonly_fields = fields

    def has_view_permission(self, request: HttpRequest, obj: AuditSeal | None = None) -> bool:
        """Who reads the history sees its seals."""
        return request.user.has_perm("approvals.view_auditentry")

    def get_queryset(self, request: HttpRequest) -> QuerySet[AuditSeal]:
        return super().get_queryset(request).defer("leaves")

    @admin.display(description=_("Entries, first to last"))
    def covered(self, sealed: AuditSeal) -> SafeString:
        return pretty(sealed.entries)

    @admin.display(description=_("What was signed"))
    def signed(self, sealed: AuditSeal) -> str:
        return seal_statement(sealed)
