"""Where the site is, and how its answers are read."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Self

import httpx

from langvel.client.errors import ClientError
from langvel.client.protocol import Call, Reply


@dataclass(frozen=True, kw_only=True)
class Address:
    """A site and a token. The token is in no repr and no message."""

    url: str
    headers: dict[str, str]
    timeout: float

    @classmethod
    def of(cls, url: str | None, token: str | None, *, timeout: float) -> Self:
        found = url or os.environ.get("LANGVEL_URL", "")
        secret = token or os.environ.get("LANGVEL_TOKEN", "")
        if not found or not secret:
            raise ClientError("Give url and token, or set LANGVEL_URL and LANGVEL_TOKEN.")
        headers = {"Authorization": f"Bearer {secret}", "Accept": "application/json"}
        return cls(url=found.rstrip("/"), headers=headers, timeout=timeout)

    def __repr__(self) -> str:
        return f"Address({self.url})"

    def patience(self, call: Call) -> httpx.Timeout:
        return httpx.Timeout(self.timeout, read=self.timeout + call.waits)


def read(response: httpx.Response) -> Reply:
    """A body that is not JSON comes from a proxy, not from the site."""
    try:
        body = response.json()
    except ValueError:
        body = None
    return Reply(
        status=response.status_code,
        body=body,
        retry_after=response.headers.get("Retry-After", ""),
    )
