"""Narrowing the history, in the same words for the list and the export."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import QuerySet

from approvals.models import AuditEntry

_COLUMNS = {
    "run": "run",
    "interrupt": "interrupt",
    "actor": "actor__username",
    "action": "action",
    "since": "at__gte",
    "until": "at__lt",
}


def selected(query: Mapping[str, Any]) -> QuerySet[AuditEntry]:
    narrowed = {_COLUMNS[name]: value for name, value in query.items()}
    return AuditEntry.objects.filter(**narrowed).select_related("actor")


def as_texts(query: Mapping[str, Any]) -> dict[str, str]:
    """What was asked for, as an entry and a manifest say it."""
    return {
        name: value.isoformat() if hasattr(value, "isoformat") else str(value)
        for name, value in query.items()
    }
