"""Pages of a list by key, not by number: page a thousand costs what page one does."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from django.db.models import BooleanField, F, Func, Model, QuerySet, Value
from django.db.models.lookups import GreaterThan, LessThan
from django.utils import timezone

SIZE = 50


class Row(Func):
    """A row of values, `(a, b, c)`: PostgreSQL walks an index for one comparison of two rows."""

    template = "(%(expressions)s)"
    output_field: ClassVar[Any] = BooleanField()


@dataclass(frozen=True, kw_only=True)
class Order:
    """Columns that together are unique, with their types, all ascending or all descending."""

    columns: Mapping[str, type]
    descending: bool = False

    def applied_to(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        sign = "-" if self.descending else ""
        return rows.order_by(*(f"{sign}{name}" for name in self.columns))

    def beyond(self, rows: QuerySet[Any], key: Sequence[Any]) -> QuerySet[Any]:
        compare = LessThan if self.descending else GreaterThan
        here = Row(*(F(name) for name in self.columns))
        there = Row(*(Value(value) for value in key))
        return rows.filter(compare(here, there))

    def key_of(self, row: Model) -> list[Any]:
        return [getattr(row, name) for name in self.columns]


@dataclass(frozen=True, kw_only=True)
class Page:
    rows: list[Any]
    next: str
    is_first: bool


def page_of(rows: QuerySet[Any], *, order: Order, after: str, size: int = SIZE) -> Page:
    """The rows after a cursor; an unreadable cursor is the first page, not an error."""
    key = _decode(after, list(order.columns.values()))
    ordered = order.applied_to(rows)
    found = list((order.beyond(ordered, key) if key else ordered)[: size + 1])
    more = len(found) > size
    return Page(
        rows=found[:size],
        next=_encode(order.key_of(found[size - 1])) if more else "",
        is_first=key is None,
    )


def _encode(key: Sequence[Any]) -> str:
    plain = [part.isoformat() if isinstance(part, datetime) else part for part in key]
    return base64.urlsafe_b64encode(json.dumps(plain).encode()).decode().rstrip("=")


def _decode(cursor: str, kinds: Sequence[type]) -> list[Any] | None:
    try:
        key = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        return [_read(part, kind) for part, kind in zip(key, kinds, strict=True)]
    except (binascii.Error, ValueError, TypeError, RecursionError):
        return None


def _read(part: Any, kind: type) -> Any:
    """Raises ValueError or TypeError for what PostgreSQL would not compare with the column."""
    if kind is datetime:
        moment = datetime.fromisoformat(part)
        if timezone.is_naive(moment):
            raise ValueError(part)
        return moment
    if type(part) is not kind or (kind is str and "\0" in part):
        raise TypeError(part)
    return part
