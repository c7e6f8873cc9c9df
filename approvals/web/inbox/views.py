"""The inbox's views: each a question of its own, each with an address and a count."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import connection
from django.db.models import Q, QuerySet
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from approvals.models import Interrupt
from approvals.models.interrupt import RANKS
from approvals.web.shell import COUNT_LIMIT

if TYPE_CHECKING:
    from django.contrib.auth.models import User

_SERIOUS = (Interrupt.Risk.HIGH, Interrupt.Risk.CRITICAL)


@dataclass(frozen=True, kw_only=True)
class View:
    """Which questions a list begins with, before a search narrows it."""

    name: str
    label: Any
    of: Callable[[QuerySet[Any], User], QuerySet[Any]]

    @property
    def is_waiting(self) -> bool:
        return self.name != DECIDED


ALL, SNOOZED, DECIDED = "", "snoozed", "decided"


def _awake(**only: Any) -> Callable[[QuerySet[Any], User], QuerySet[Any]]:
    return lambda rows, user: rows.pending().awake().filter(**only)


VIEWS = {
    view.name: view
    for view in (
        View(name=ALL, label=_("All"), of=_awake()),
        View(
            name="mine",
            label=_("Mine"),
            of=lambda rows, user: rows.pending().awake().filter(assignee=user.pk),
        ),
        View(name="unassigned", label=_("Unassigned"), of=_awake(assignee=None)),
        # Ranks go before the risk, so that the count walks the queue's index.
        View(
            name="high", label=_("High risk"), of=_awake(rank__lte=RANKS["high"], risk__in=_SERIOUS)
        ),
        View(name="overdue", label=_("Overdue"), of=_awake(due_sort__lte=Now())),
        View(name=SNOOZED, label=_("Snoozed"), of=lambda rows, user: rows.pending().snoozed()),
        View(
            name=DECIDED,
            label=_("Decided"),
            of=lambda rows, user: rows.exclude(Q(status=Interrupt.Status.PENDING)),
        ),
    )
}


def counts(user: User) -> dict[str, str]:
    """How many questions each view holds for this person, in one query.

    Each is counted up to a limit, along an index: a queue of a million costs what a thousand do.
    """
    rows = Interrupt.objects.visible_to(user)
    parts, params = [], []
    for view in VIEWS.values():
        found = view.of(rows, user).order_by().values("pk")[: COUNT_LIMIT + 1]
        sql, given = found.query.sql_with_params()
        parts.append(f"(SELECT count(*) FROM ({sql}) one)")  # noqa: S608 (Django wrote it)
        params += given
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(parts)}", params)
        return dict(zip(VIEWS, map(_said, cursor.fetchone()), strict=True))


def _said(count: int) -> str:
    if count > COUNT_LIMIT:
        return f"{COUNT_LIMIT}+"
    return str(count) if count else ""
