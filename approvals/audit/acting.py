"""Who is acting, for what is written down far away from the request that caused it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

from django.http import HttpRequest

if TYPE_CHECKING:
    from django.contrib.auth.models import User

_request: ContextVar[HttpRequest | None] = ContextVar("request", default=None)


@contextmanager
def acting(request: HttpRequest) -> Iterator[None]:
    token = _request.set(request)
    try:
        yield
    finally:
        _request.reset(token)


def is_request() -> bool:
    return _request.get() is not None


def person() -> User | None:
    """Who is signed in, or whose token it is; None outside of a request."""
    return person_of(_request.get())


def person_of(request: HttpRequest | None) -> User | None:
    user = getattr(request, "user", None)
    return user if user is not None and user.is_authenticated else None


def address_of(request: HttpRequest | None) -> str:
    return request.META.get("REMOTE_ADDR", "") if request is not None else ""
