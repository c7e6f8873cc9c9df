"""How the history stands: the last seal, what waits for one, and what the last check found."""

from __future__ import annotations

from dataclasses import dataclass

from approvals.models import AuditEntry, AuditSeal, AuditUnsealed

COUNTED = 1000


@dataclass(frozen=True, kw_only=True)
class Status:
    last_seal: AuditSeal | None
    waiting: str
    last_check: AuditEntry | None

    @property
    def is_bad(self) -> bool:
        return self.last_check is not None and not self.last_check.facts.get("ok")


def status() -> Status:
    """Three queries, however long the history is."""
    waiting = AuditUnsealed.objects.all()[: COUNTED + 1].count()
    checks = AuditEntry.objects.filter(action="audit.verified")
    return Status(
        last_seal=AuditSeal.objects.defer("leaves", "entries").order_by("-seq").first(),
        waiting=f"{COUNTED}+" if waiting > COUNTED else str(waiting),
        last_check=checks.order_by("-at", "-id").first(),
    )
