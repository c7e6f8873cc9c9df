"""The inbox with one question beside the list: /?item=7, in any view and with any search."""

from __future__ import annotations

from django.http import HttpRequest, QueryDict
from django.urls import reverse

ITEM = "item"


def wanted(data: QueryDict) -> int | None:
    """The question to show beside the list."""
    text = data.get(ITEM, "")
    return int(text) if text.isdecimal() and len(text) < 19 else None


def url_beside(request: HttpRequest, pk: int) -> str | None:
    """The same list with this question beside it, when a request came from such a page."""
    came_from = request.htmx.current_url_abs_path or ""
    path, _, query = came_from.partition("?")
    data = QueryDict(query, mutable=True)
    if path != reverse("inbox") or ITEM not in data:
        return None
    data[ITEM] = str(pk)
    return f"{path}?{data.urlencode()}"
