"""What asking people may raise, besides TimeoutError."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from langvel.exceptions import LangvelError


class ClientError(LangvelError):
    """The site could not be asked."""


class Unreachable(ClientError):
    """The site did not answer, however often it was tried."""


class Refused(ClientError):
    """The site understood and said no. `errors` are its `{pointer, message}`."""

    def __init__(self, status: int, said: Any) -> None:
        body: Mapping[str, Any] = said if isinstance(said, Mapping) else {}
        self.status = status
        self.code = str(body.get("code", ""))
        self.errors: list[dict[str, str]] = list(body.get("errors", ()))
        faults = "".join(f"\n{fault['pointer']}: {fault['message']}" for fault in self.errors)
        super().__init__(f"{status} {self.code}: {body.get('detail', '')}{faults}")


class Unanswered(ClientError):
    """The request ended without an answer."""

    def __init__(self, request_id: int) -> None:
        self.request_id = request_id
        super().__init__(f"Request {request_id}: {type(self).__doc__}")


class Expired(Unanswered):
    """Nobody answered before it expired."""


class Cancelled(Unanswered):
    """It was withdrawn before anybody answered."""


class BadCallback(ClientError):
    """This did not come from the site, or not just now: do nothing with it."""
