"""Erasing what is personal in entries: their commitments stay, so the chain still verifies."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Q, QuerySet
from django.db.models.expressions import RawSQL

from approvals.audit.chain import append
from approvals.audit.check_entries import ERASED
from approvals.audit.ranges import ranges_of
from approvals.models import AuditEntry

if TYPE_CHECKING:
    from django.contrib.auth.models import User


@transaction.atomic
def erase(entries: QuerySet[AuditEntry], *, actor: User | None, reason: str) -> list[int]:
    """Forget the personal half of these entries, whole; the ids of those that had one.

    One entry of the site's chain names them all. Without it, verifying would complain.
    """
    ids = list(entries.filter(salt__isnull=False).order_by("pk").values_list("pk", flat=True))
    if ids:
        AuditEntry.objects.filter(pk__in=ids).update(personal=None, salt=None)
        append(None, ERASED, actor=actor, entries=ranges_of(ids), reason=reason)
    return ids


def entries_about(user: User) -> QuerySet[AuditEntry]:
    """What a person did, what happened in the runs they asked for, sign-ins under their name."""
    named = RawSQL("personal ->> 'username' = %s", [user.get_username()])
    return AuditEntry.objects.alias(named=named).filter(
        Q(actor=user) | Q(run__requested_by=user) | Q(run=None, named=True)
    )


def entries_of_runs(run_ids: Sequence[int]) -> QuerySet[AuditEntry]:
    return AuditEntry.objects.filter(run__in=run_ids)
