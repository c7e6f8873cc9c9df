"""Lists as {results, next, previous}, by key: page a thousand costs what page one does."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, ClassVar, Self

from django.db.models import BooleanField, F, Func, Model, QuerySet, Value
from django.db.models.lookups import GreaterThan, LessThan
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

from approvals.api.base import read_query
from approvals.exceptions import Invalid, Malformed
from approvals.jsontext import refuse_unstorable

DEFAULT_SIZE = 50
MAX_SIZE = 100

_UNREADABLE = (binascii.Error, ValueError, TypeError, OverflowError, RecursionError, Invalid)


class Row(Func):
    """A row of values, `(a, b, c)`: PostgreSQL walks an index for one comparison of two rows."""

    template = "(%(expressions)s)"
    output_field: ClassVar[Any] = BooleanField()


@dataclass(frozen=True, kw_only=True)
class Order:
    """Columns that together are unique, with their types, all ascending or all descending."""

    columns: Mapping[str, type]
    descending: bool = False

    def reversed(self) -> Order:
        return Order(columns=self.columns, descending=not self.descending)

    def sorted(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        sign = "-" if self.descending else ""
        return rows.order_by(*(f"{sign}{name}" for name in self.columns))

    def beyond(self, rows: QuerySet[Any], key: Sequence[Any]) -> QuerySet[Any]:
        compare = LessThan if self.descending else GreaterThan
        here = Row(*(F(name) for name in self.columns))
        return rows.filter(compare(here, Row(*(Value(part) for part in key))))


@dataclass(frozen=True, kw_only=True)
class Cursor:
    """The row beside which a page begins, and on which side of it the page lies."""

    key: Sequence[Any]
    backwards: bool = False

    @classmethod
    def at(cls, row: Model, order: Order, *, backwards: bool) -> Self:
        return cls(key=[getattr(row, name) for name in order.columns], backwards=backwards)

    @classmethod
    def read(cls, text: str, order: Order) -> Self:
        try:
            padded = text.encode() + b"=" * (-len(text) % 4)
            side, *parts = json.loads(base64.b64decode(padded, b"-_", validate=True))
            kinds = order.columns.values()
            key = [_read_part(part, kind) for part, kind in zip(parts, kinds, strict=True)]
        except _UNREADABLE as error:
            raise Malformed(errors={"/cursor": _("is not a cursor of this list")}) from error
        return cls(key=key, backwards=side == "before")

    def written(self) -> str:
        parts = [part.isoformat() if isinstance(part, datetime) else part for part in self.key]
        text = json.dumps(["before" if self.backwards else "after", *parts])
        return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


class PageQuery(serializers.Serializer[Any]):
    """How to walk a list; part of the query of every list."""

    cursor = serializers.CharField(
        required=False, help_text="Taken from `next` or `previous`, never made up."
    )
    page_size = serializers.IntegerField(
        required=False, min_value=1, help_text=f"At most {MAX_SIZE}; a larger one counts as that."
    )


def paged(
    request: Request,
    rows: QuerySet[Any],
    *,
    order: Order,
    serialize: Callable[[list[Any]], Any],
    size: int = DEFAULT_SIZE,
) -> Response:
    """The page that the request's query asks for. Raises Malformed for a cursor not of this list."""
    query = read_query(request, PageQuery)
    size = min(query.get("page_size", size), MAX_SIZE)
    cursor = Cursor.read(query["cursor"], order) if "cursor" in query else None
    backwards = cursor is not None and cursor.backwards
    direction = order.reversed() if backwards else order
    found = list(_ordered(rows, direction, cursor)[: size + 1])
    page, more = found[:size], len(found) > size
    if backwards:
        page.reverse()
    has_next, has_previous = (True, more) if backwards else (more, cursor is not None)
    return Response(
        {
            "results": serialize(page),
            "next": _link(request, page[-1:], order, backwards=False) if has_next else None,
            "previous": _link(request, page[:1], order, backwards=True) if has_previous else None,
        }
    )


def _ordered(rows: QuerySet[Any], order: Order, cursor: Cursor | None) -> QuerySet[Any]:
    return order.sorted(order.beyond(rows, cursor.key) if cursor else rows)


def _link(request: Request, row: list[Any], order: Order, *, backwards: bool) -> str | None:
    if not row:
        return None
    cursor = Cursor.at(row[0], order, backwards=backwards)
    link: str = replace_query_param(request.build_absolute_uri(), "cursor", cursor.written())
    return link


def _read_part(part: Any, kind: type) -> Any:
    if kind is datetime:
        moment = datetime.fromisoformat(part)
        if timezone.is_naive(moment):
            raise ValueError(part)
        return moment.astimezone(UTC)
    if type(part) is not kind:
        raise ValueError(part)
    refuse_unstorable(part)
    return part
