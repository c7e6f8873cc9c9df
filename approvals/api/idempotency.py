"""Idempotency-Key: the same request again gets the same answer, and no second effect."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from agents import failpoints
from agents.jsonable import canonical
from approvals.exceptions import Invalid, Malformed
from approvals.models import IdempotencyKey

HEADER = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"
_KEY = re.compile(r"[\x20-\x7e]{1,255}")

Act = Callable[[], Response]
FollowUp = Callable[[Response], Response]


class KeyReused(Invalid):
    code = "idempotency_key_reused"
    detail = _("This Idempotency-Key was used for another request.")


def answer_once(request: Request, act: Act, *, follow_up: FollowUp | None = None) -> Response:
    """Act, unless this request was answered before; then give that answer again.

    The key is inserted before the effect and in its transaction, so of two at once one waits for
    the other. A refusal raises, rolls back and is not kept. `follow_up` makes the final answer
    after the commit; until then a repetition gets what `act` answered.
    """
    key = _key_of(request)
    if key is None:
        response = act()
        return follow_up(response) if follow_up else response
    with transaction.atomic():
        record = _claim(request, key)
        if record.status:
            return _again(record)
        failpoints.reached("key.claimed")
        response = act()
        _keep(record, response)
        failpoints.reached("key.kept")
    if follow_up:
        response = follow_up(response)
        _keep(record, response)
    return response


def _key_of(request: Request) -> str | None:
    key: str | None = request.headers.get(HEADER)
    if key is not None and not _KEY.fullmatch(key):
        raise Malformed(_("Idempotency-Key must have 1 to 255 printable ASCII characters."))
    return key


def _claim(request: Request, key: str) -> IdempotencyKey:
    """A new row, or the row of the request that was answered before (its status is set)."""
    fingerprint = _fingerprint(request)
    try:
        with transaction.atomic():
            return IdempotencyKey.objects.create(
                user=request.user, key=key, fingerprint=fingerprint
            )
    except IntegrityError:
        record = IdempotencyKey.objects.get(user=request.user, key=key)
    if record.fingerprint != fingerprint:
        raise KeyReused
    return record


def _fingerprint(request: Request) -> str:
    said = f"{request.method} {request.get_full_path()}\n{canonical(request.data)}"
    return hashlib.sha256(said.encode()).hexdigest()


def _keep(record: IdempotencyKey, response: Response) -> None:
    record.status = response.status_code
    record.body = json.loads(JSONRenderer().render(response.data))
    record.save(update_fields=["status", "body"])


def _again(record: IdempotencyKey) -> Response:
    return Response(record.body, status=record.status, headers={REPLAYED: "true"})
