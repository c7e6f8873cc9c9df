from __future__ import annotations

from django.contrib import admin
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from approvals.admin.readonly import ReadOnlyAdmin, link
from approvals.models import Delivery


@admin.register(Delivery)
class DeliveryAdmin(ReadOnlyAdmin):
    """Callbacks and how they go. Neither address nor body: both may hold what is secret."""

    list_display = ("id", "event", "request", "status", "attempts", "last_error", "created_at")
    list_filter = ("status", "event", "created_at")
    list_select_related = ("request",)
    search_fields = ("=request__run_id", "webhook_id")
    ordering = ("-created_at", "-id")
    fields = (
        "event",
        "run",
        "webhook_id",
        "status",
        "attempts",
        "last_error",
        "next_at",
        "created_at",
        "delivered_at",
    )
    readonly_fields = fields

    @admin.display(description=_("Run"))
    def run(self, delivery: Delivery) -> str | SafeString:
        return link(delivery.request.run)
