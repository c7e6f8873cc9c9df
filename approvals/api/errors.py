"""Every refusal in one form: {code, detail, errors: [{pointer, message}]}, and `current` on a 409."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from django.core.exceptions import BadRequest, PermissionDenied, SuspiciousOperation
from django.db import DataError, InterfaceError, OperationalError
from django.http import Http404
from django.http.multipartparser import MultiPartParserError
from django.utils.translation import gettext as _
from rest_framework import exceptions as drf
from rest_framework.response import Response

from approvals.exceptions import ApprovalsError, CareNeeded, InvalidDecision, InvalidInput

RETRY_AFTER_SECONDS = 5
MALFORMED = "malformed"
NOT_FOUND = "not_found"

_CODES = {
    drf.NotAuthenticated: "unauthenticated",
    drf.AuthenticationFailed: "unauthenticated",
    drf.PermissionDenied: "forbidden",
    drf.NotFound: NOT_FOUND,
    drf.MethodNotAllowed: "method_not_allowed",
    drf.UnsupportedMediaType: "unsupported_media_type",
    drf.Throttled: "throttled",
    drf.ParseError: MALFORMED,
}
_DECISIONS = "/decisions"
_UNREADABLE = (BadRequest, SuspiciousOperation, MultiPartParserError)


def translate(error: Exception, context: Mapping[str, Any]) -> Response | None:
    """The REST framework's exception handler; None is a fault of ours and becomes a 500."""
    if isinstance(error, ApprovalsError):
        return Response(body_of(error), status=error.status)
    if isinstance(error, drf.ValidationError):
        return Response(body_of_validation(error), status=400)
    if isinstance(error, drf.APIException):
        return _framework_refusal(error)
    if isinstance(error, Http404):
        return Response(_body(NOT_FOUND, _("Not found.")), status=404)
    if isinstance(error, PermissionDenied):
        return Response(_body("forbidden", _("You may not do this.")), status=403)
    if isinstance(error, _UNREADABLE):
        return Response(_body(MALFORMED, _("The request could not be read.")), status=400)
    if isinstance(error, DataError):
        return Response(_body("invalid", _("A value is out of range.")), status=422)
    if isinstance(error, (OperationalError, InterfaceError)):
        return _unavailable()
    return None


def body_of(error: ApprovalsError) -> dict[str, Any]:
    said = _body(error.code, error.detail) | {"errors": error.errors}
    return said | ({"current": error.extra} if error.extra else {})


def body_of_validation(error: drf.ValidationError, *, at: str = "") -> dict[str, Any]:
    faults = [{"pointer": place, "message": text} for place, text in _faults(error.detail, at)]
    return _body(MALFORMED, _("The request is not of the expected form.")) | {"errors": faults}


@contextmanager
def pointing_into(place: str) -> Iterator[None]:
    """Services point into the value they were given; the answer points into the body sent."""
    try:
        yield
    except (InvalidDecision, InvalidInput) as error:
        for fault in error.errors:
            fault["pointer"] = place + fault["pointer"]
        raise
    except CareNeeded as error:
        for fault in error.errors:
            if fault["pointer"].startswith(_DECISIONS):
                fault["pointer"] = place + fault["pointer"].removeprefix(_DECISIONS)
        raise


@contextmanager
def pointing_at(place: str) -> Iterator[None]:
    """For decisions that the body did not spell out: the fault lies in what they came from."""
    try:
        yield
    except CareNeeded as error:
        told = {_in_short(fault["pointer"]): fault["message"] for fault in error.errors}
        error.errors = [{"pointer": at, "message": text} for at, text in told.items()]
        raise
    except InvalidDecision as error:
        for fault in error.errors:
            fault["pointer"] = place
        raise


def _in_short(pointer: str) -> str:
    """Where a body without decisions has what is missing from them."""
    if pointer.startswith(_DECISIONS):
        return "/reason_code"
    return "/notes" if pointer == "/reason" else pointer


def _body(code: str, detail: str) -> dict[str, Any]:
    return {"code": code, "detail": detail, "errors": []}


def _framework_refusal(error: drf.APIException) -> Response:
    code = next((code for kind, code in _CODES.items() if isinstance(error, kind)), "error")
    response = Response(_body(code, str(error.detail)), status=error.status_code)
    if challenge := getattr(error, "auth_header", None):
        response["WWW-Authenticate"] = challenge
    if isinstance(error, drf.Throttled) and error.wait is not None:
        response["Retry-After"] = str(error.wait)
    return response


def _unavailable() -> Response:
    """Nothing was stored, or the client cannot know: with an Idempotency-Key it may just repeat."""
    response = Response(_body("unavailable", _("The database cannot be reached.")), status=503)
    response["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return response


def _faults(detail: Any, at: str) -> Iterator[tuple[str, str]]:
    if isinstance(detail, Mapping):
        for key, inner in detail.items():
            yield from _faults(inner, at if key == "non_field_errors" else f"{at}/{_escaped(key)}")
    elif isinstance(detail, Sequence) and not isinstance(detail, str):
        for index, inner in enumerate(detail):
            yield from _faults(inner, at if isinstance(inner, str) else f"{at}/{index}")
    else:
        yield at, str(detail)


def _escaped(key: Any) -> str:
    return str(key).replace("~", "~0").replace("/", "~1")
