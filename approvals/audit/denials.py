"""Denied attempts: whoever is refused, by whichever door, leaves an entry."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse

from approvals.audit.acting import acting, address_of, person_of
from approvals.audit.chain import append
from approvals.models import Interrupt

log = logging.getLogger(__name__)

GetResponse = Callable[[HttpRequest], HttpResponse]

_READS = ("GET", "HEAD", "OPTIONS")
_MAX_TEXT = 300


class AuditMiddleware:
    """Last in the list, behind the one that says who is signed in."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with acting(request):
            response = self.get_response(request)
        if _is_denial(request, response):
            note_denial(request, status=response.status_code, code=_code_of(response))
        return response


def note_denial(
    request: HttpRequest, *, status: int, code: str, question: int | None = None
) -> None:
    """Write it down outside of what was refused. Failing to do so refuses nobody anything else."""
    match = request.resolver_match
    try:
        append(
            None,
            "access.denied",
            actor=person_of(request),
            interrupt=_question(question or _question_in(request)),
            status=status,
            code=code,
            method=request.method if request.method in ("GET", "POST") else "other",
            route=match.route if match else "",
            path=request.path[:_MAX_TEXT],
            address=address_of(request),
        )
    except DatabaseError:
        log.exception("A denied attempt could not be written down: %s", request.path[:_MAX_TEXT])


def _is_denial(request: HttpRequest, response: HttpResponse) -> bool:
    """Refused though signed in; a token that is no good; an act upon what is not theirs to know."""
    if response.status_code == 401:
        return "Authorization" in request.headers
    if response.status_code == 404:
        is_act = request.method not in _READS and request.resolver_match is not None
        return is_act and person_of(request) is not None
    return response.status_code == 403 and person_of(request) is not None


def _code_of(response: HttpResponse) -> str:
    said: Any = getattr(response, "data", None)
    return str(said.get("code", "")) if isinstance(said, dict) else ""


def _question_in(request: HttpRequest) -> int | None:
    """The question that the address names: `interrupt_id` in the API, `pk` on pages."""
    match = request.resolver_match
    if match is None:
        return None
    named = match.kwargs.get("interrupt_id")
    on_page = match.kwargs.get("pk") if match.route.startswith("interrupts/") else None
    return named if named is not None else on_page


def _question(pk: int | None) -> Interrupt | None:
    return Interrupt.objects.filter(pk=pk).only("pk").first() if pk is not None else None
