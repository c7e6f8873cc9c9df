"""The Django admin, for audit review: everything linked, nothing editable."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from approvals.admin import (
    agent,
    audit,
    audit_seal,
    decision,
    delivery,
    interrupt,
    people,
    run,
    token,
)

__all__ = [
    "agent",
    "audit",
    "audit_seal",
    "decision",
    "delivery",
    "interrupt",
    "people",
    "run",
    "token",
]

admin.site.site_header = admin.site.site_title = "Langvel Approvals"
admin.site.index_title = _("Audit and administration")
# What a question is about needs the width; the page of the beginning lists the same.
admin.site.enable_nav_sidebar = False
