"""What a list is narrowed to, read from and written to its address."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from django.db.models import Q, QuerySet
from django.http import QueryDict
from django.urls import reverse

from approvals.models import Interrupt, Run

TEXT_LIMIT = 200
DONE = "done"


def _clean(value: str) -> str:
    """PostgreSQL refuses NUL in text."""
    return value.replace("\0", "").strip()[:TEXT_LIMIT]


@dataclass(frozen=True, kw_only=True)
class InboxFilters:
    """The inbox's filters. Unknown values are ignored, so an old bookmark still opens."""

    status: str = ""
    agent: str = ""
    risk: str = ""
    q: str = ""

    @classmethod
    def read(cls, data: QueryDict) -> InboxFilters:
        risk = data.get("risk", "")
        return cls(
            status=DONE if data.get("status") == DONE else "",
            agent=_clean(data.get("agent", "")),
            risk=risk if risk in Interrupt.Risk.values else "",
            q=_clean(data.get("q", "")),
        )

    def applied_to(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        waiting = Q(status=Interrupt.Status.PENDING)
        rows = rows.exclude(waiting) if self.is_done else rows.filter(waiting)
        if self.agent:
            rows = rows.filter(agent=self.agent)
        if self.risk:
            rows = rows.filter(risk=self.risk)
        for word in self.q.split()[:10]:
            rows = rows.filter(Q(title__icontains=word) | Q(summary__icontains=word))
        return rows

    @property
    def is_done(self) -> bool:
        return self.status == DONE

    @property
    def is_narrowed(self) -> bool:
        return bool(self.agent or self.risk or self.q)

    @property
    def pairs(self) -> list[tuple[str, str]]:
        named = (("status", self.status), ("agent", self.agent), ("risk", self.risk), ("q", self.q))
        return [(name, value) for name, value in named if value]

    @property
    def first_url(self) -> str:
        return self.url()

    @property
    def waiting_url(self) -> str:
        return replace(self, status="").url()

    @property
    def done_url(self) -> str:
        return replace(self, status=DONE).url()

    @property
    def cleared_url(self) -> str:
        return InboxFilters(status=self.status).url()

    def url(self, after: str = "") -> str:
        pairs = [*self.pairs, *([("after", after)] if after else [])]
        return reverse("inbox") + (f"?{urlencode(pairs)}" if pairs else "")


@dataclass(frozen=True, kw_only=True)
class RunFilters:
    """The filters of the run list."""

    status: str = ""
    agent: str = ""

    @classmethod
    def read(cls, data: QueryDict) -> RunFilters:
        status = data.get("status", "")
        return cls(
            status=status if status in Run.Status.values else "",
            agent=_clean(data.get("agent", "")),
        )

    def applied_to(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        if self.status:
            rows = rows.filter(status=self.status)
        return rows.filter(agent=self.agent) if self.agent else rows

    @property
    def is_narrowed(self) -> bool:
        return bool(self.status or self.agent)

    def url(self, after: str = "") -> str:
        named = (("status", self.status), ("agent", self.agent), ("after", after))
        pairs = [(name, value) for name, value in named if value]
        return reverse("runs") + (f"?{urlencode(pairs)}" if pairs else "")
