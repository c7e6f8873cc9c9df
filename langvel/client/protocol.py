"""How the site is spoken to, without speaking: what to send next, and when to wait.

Each conversation is a generator of steps, so that the synchronous and the asynchronous client
carry out the very same one.
"""

from __future__ import annotations

import time
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeVar
from uuid import uuid4

from langvel.client.errors import Cancelled, Expired, Refused, Unreachable
from langvel.client.values import Action, Answer

T = TypeVar("T")

PATH = "/api/v1/requests/"
LONGEST_POLL = 30
TRIES = 6
"""Over some fifteen seconds: a site that is restarted is back by then."""

_AGAIN = frozenset({429, 502, 503, 504})
_LONGEST_PAUSE = 8.0


@dataclass(frozen=True, kw_only=True)
class Call:
    """One HTTP request. `waits` is how long the site may take on top of the usual."""

    method: str
    path: str
    body: Mapping[str, Any] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    waits: float = 0


@dataclass(frozen=True)
class Pause:
    seconds: float


@dataclass(frozen=True, kw_only=True)
class Reply:
    status: int
    body: Any
    retry_after: str = ""


@dataclass(frozen=True)
class Lost:
    """No answer came; whether the request arrived nobody knows."""

    why: str


Steps = Generator[Call | Pause, Reply | Lost | None, T]


def ask(
    title: str,
    actions: Sequence[Action | Mapping[str, Any]],
    *,
    idempotency_key: str | None,
    expires_in: float | timedelta | None,
    expires_at: datetime | None,
    **more: Any,
) -> Steps[dict[str, Any]]:
    """The same key on every try, so that a lost answer does not ask twice."""
    body: dict[str, Any] = {
        "title": title,
        "actions": [one.as_json() if isinstance(one, Action) else dict(one) for one in actions],
        "expires_in": _seconds(expires_in),
        "expires_at": expires_at.isoformat() if expires_at else None,
        **more,
    }
    said = {name: value for name, value in body.items() if value not in (None, "")}
    return _post(PATH, said, key=idempotency_key)


def look(request_id: int) -> Steps[dict[str, Any]]:
    return _exchange(Call(method="GET", path=f"{PATH}{request_id}/"))


def cancel(request_id: int, *, reason: str) -> Steps[dict[str, Any]]:
    return _post(f"{PATH}{request_id}/cancel/", {"reason": reason})


def wait(request_id: int, *, timeout: float | None) -> Steps[Answer]:
    """Until it has ended. An outage of the site is waited out like a silent reviewer."""
    deadline = None if timeout is None else time.monotonic() + timeout
    pause = 1.0
    while True:
        seconds = max(0, int(min(LONGEST_POLL, _left(deadline))))
        asked_at = time.monotonic()
        told = yield from _exchange(
            Call(method="GET", path=f"{PATH}{request_id}/?wait={seconds}", waits=seconds),
            deadline=deadline,
            tries=None,
        )
        if answer := _ending(told):
            return answer
        if _left(deadline) <= 0:
            raise TimeoutError(f"Nobody has answered request {request_id} yet.")
        if time.monotonic() - asked_at < seconds / 2 or seconds == 0:
            # The site lets only so many wait at a time; the others come again.
            yield Pause(min(pause, _left(deadline)))
            pause = min(2 * pause, _LONGEST_PAUSE)


def _ending(told: Mapping[str, Any]) -> Answer | None:
    if told["status"] == "decided":
        return Answer.read(told)
    if told["status"] == "expired":
        raise Expired(told["id"])
    if told["status"] == "cancelled":
        raise Cancelled(told["id"])
    return None


def _post(path: str, body: Mapping[str, Any], *, key: str | None = None) -> Steps[dict[str, Any]]:
    headers = {"Idempotency-Key": key or uuid4().hex}
    return _exchange(Call(method="POST", path=path, body=body, headers=headers))


def _exchange(
    call: Call, *, tries: int | None = TRIES, deadline: float | None = None
) -> Steps[dict[str, Any]]:
    """One answer of the site, asking again where that may help. Raises Refused, Unreachable."""
    tried, pause = 0, 0.5
    while True:
        reply = yield call
        tried += 1
        if isinstance(reply, Reply) and reply.status not in _AGAIN:
            return _read(reply)
        if tried == tries or _left(deadline) <= 0:
            raise _given_up(reply, in_time=tried == tries)
        asked = reply.retry_after if isinstance(reply, Reply) else ""
        seconds = min(float(asked), 60.0) if asked.isdigit() else pause
        yield Pause(min(seconds, max(0.0, _left(deadline))))
        pause = min(2 * pause, _LONGEST_PAUSE)


def _read(reply: Reply) -> dict[str, Any]:
    if 200 <= reply.status < 300 and isinstance(reply.body, dict):
        return reply.body
    raise Refused(reply.status, reply.body)


def _given_up(reply: Reply | Lost | None, *, in_time: bool) -> Exception:
    if not in_time:
        return TimeoutError("The site cannot be reached.")
    if isinstance(reply, Reply):
        return Refused(reply.status, reply.body)
    return Unreachable(reply.why if reply else None)


def _left(deadline: float | None) -> float:
    return float("inf") if deadline is None else deadline - time.monotonic()


def _seconds(span: float | timedelta | None) -> int | None:
    if span is None:
        return None
    return round(span.total_seconds() if isinstance(span, timedelta) else span)
