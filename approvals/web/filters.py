"""What a list is narrowed to, read from and written to its address."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.http import QueryDict
from django.urls import reverse

from approvals.driving.explaining import needs_attention
from approvals.models import Interrupt, Run
from approvals.web.inbox.beside import ITEM, wanted
from approvals.web.inbox.language import Wanted, understood
from approvals.web.inbox.views import ALL, DECIDED, SNOOZED, VIEWS, View
from approvals.web.paging import Order

if TYPE_CHECKING:
    from django.contrib.auth.models import User

TEXT_LIMIT = 200
CURSOR_LIMIT = 500
RECENT = Order(columns={"updated_at": datetime, "id": int}, descending=True)
_URGENCY = {"rank": int, "due_sort": datetime, "created_at": datetime, "id": int}
# As there are indexes for.
_SORTS = {
    "risk": _URGENCY,
    "agent": {"agent_id": str} | _URGENCY,
    "due": {"due_sort": datetime, "created_at": datetime, "id": int},
    "waiting": {"created_at": datetime, "id": int},
}
ORDERS = {name: Order(columns=columns) for name, columns in _SORTS.items()} | {
    f"-{name}": Order(columns=columns, descending=True) for name, columns in _SORTS.items()
}
USUAL = "risk"
ATTENTION = "attention"
"""No status, but listed like one: the runs that go on only when a person does something."""


def _clean(value: str) -> str:
    """PostgreSQL refuses NUL in text."""
    return value.replace("\0", "").strip()[:TEXT_LIMIT]


@dataclass(frozen=True, kw_only=True)
class InboxFilters:
    """Which questions the inbox shows, in which order and from where on, and which of them is open
    beside the list. Unknown values are ignored, so an old bookmark still opens."""

    user: User
    view: View
    q: str = ""
    sort: str = USUAL
    after: str = ""
    item: int | None = None

    @classmethod
    def read(cls, data: QueryDict, *, user: User) -> InboxFilters:
        name = DECIDED if data.get("status") == "done" else data.get("view", ALL)
        named = [(key, _clean(data.get(key, ""))) for key in ("agent", "risk")]
        # Addresses from before there was a language for it.
        typed = [f'{key}:"{value}"' for key, value in named if value]
        sort = data.get("sort", USUAL)
        return cls(
            user=user,
            view=VIEWS.get(name, VIEWS[ALL]),
            q=_clean(" ".join([*typed, data.get("q", "")])),
            sort=sort if sort in ORDERS else USUAL,
            after=data.get("after", "")[:CURSOR_LIMIT],
            item=wanted(data),
        )

    @cached_property
    def wanted(self) -> Wanted:
        return understood(self.q, user=self.user)

    def applied_to(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        if self.wanted.status:
            return self.wanted.narrow(rows)
        name = SNOOZED if self.wanted.with_snoozed and self.view.name == ALL else self.view.name
        return self.wanted.narrow(VIEWS[name].of(rows, self.user))

    @property
    def order(self) -> Order:
        return RECENT if self.is_done else ORDERS[self.sort]

    @property
    def is_done(self) -> bool:
        """Whether the list holds what no longer waits."""
        if self.wanted.status:
            return self.wanted.status != Interrupt.Status.PENDING
        return not self.view.is_waiting

    @property
    def is_narrowed(self) -> bool:
        return bool(self.q)

    @property
    def pairs(self) -> list[tuple[str, str]]:
        sort = "" if self.sort == USUAL else self.sort
        named = (("view", self.view.name), ("q", self.q), ("sort", sort))
        return [(name, value) for name, value in named if value]

    @property
    def query(self) -> str:
        """What a saved view keeps: neither the page nor the open question."""
        return urlencode(self.pairs)

    @property
    def place(self) -> str:
        """All of it, for coming back to exactly here."""
        here = (("after", self.after), (ITEM, self.item))
        return urlencode([*self.pairs, *((name, value) for name, value in here if value)])

    @property
    def first_url(self) -> str:
        return replace(self, after="").url()

    @property
    def cleared_url(self) -> str:
        return replace(self, q="", after="").url()

    @property
    def alone_url(self) -> str:
        return replace(self, item=None).url()

    def of_view(self, view: View) -> str:
        """Another view begins afresh: a search left over from before would hide its questions."""
        return replace(self, view=view, q="", after="", item=None).url()

    def sorted_by(self, name: str) -> str:
        turned = f"-{name}" if self.sort == name else name
        return replace(self, sort=turned, after="").url()

    def from_on(self, after: str) -> str:
        return replace(self, after=after).url()

    def beside(self, item: int) -> str:
        return replace(self, item=item).url()

    def url(self) -> str:
        return reverse("inbox") + (f"?{self.place}" if self.place else "")


@dataclass(frozen=True, kw_only=True)
class RunFilters:
    """The filters of the run list."""

    status: str = ""
    agent: str = ""

    @classmethod
    def read(cls, data: QueryDict) -> RunFilters:
        status = data.get("status", "")
        return cls(
            status=status if status in (*Run.Status.values, ATTENTION) else "",
            agent=_clean(data.get("agent", "")),
        )

    def applied_to(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        if self.status == ATTENTION:
            rows = rows.filter(needs_attention())
        elif self.status:
            rows = rows.filter(status=self.status)
        return rows.filter(agent=self.agent) if self.agent else rows

    @property
    def is_narrowed(self) -> bool:
        return bool(self.status or self.agent)

    def url(self, after: str = "") -> str:
        named = (("status", self.status), ("agent", self.agent), ("after", after))
        pairs = [(name, value) for name, value in named if value]
        return reverse("runs") + (f"?{urlencode(pairs)}" if pairs else "")
