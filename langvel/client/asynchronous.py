"""The client of programs that do other things while they wait."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from types import TracebackType
from typing import Any, Self, TypeVar

import httpx

from langvel.client import protocol
from langvel.client.protocol import Call, Lost, Pause, Reply, Steps
from langvel.client.transport import Address, read
from langvel.client.values import Action, Answer

T = TypeVar("T")


class AsyncClient:
    """Speaks to one site as the owner of one token, with the scopes `requests:*` needs.

    Without `url` and `token` they come from LANGVEL_URL and LANGVEL_TOKEN. `timeout` is the longest
    a single HTTP call may take, in seconds, on top of what it was asked to wait.
    """

    def __init__(
        self, url: str | None = None, token: str | None = None, *, timeout: float = 10.0
    ) -> None:
        self._address = Address.of(url, token, timeout=timeout)
        self._http = httpx.AsyncClient(base_url=self._address.url, headers=self._address.headers)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Let go of the connections; leaving `with` does it, too."""
        await self._http.aclose()

    async def ask(
        self,
        title: str,
        actions: Sequence[Action | Mapping[str, Any]],
        *,
        summary: str = "",
        effect: str = "",
        description: str = "",
        risk: str | None = None,
        state: Mapping[str, Any] | None = None,
        expires_in: float | timedelta | None = None,
        expires_at: datetime | None = None,
        callback_url: str = "",
        metadata: Mapping[str, Any] | None = None,
        source: str = "",
        idempotency_key: str | None = None,
    ) -> AsyncRequest:
        """Put a question to people and come back at once.

        With the same `idempotency_key` the request that was made with it is found instead.
        Raises Refused and Unreachable.
        """
        told = await self._carry_out(
            protocol.ask(
                title,
                actions,
                idempotency_key=idempotency_key,
                expires_in=expires_in,
                expires_at=expires_at,
                summary=summary,
                effect=effect,
                description=description,
                risk=risk,
                state=state,
                callback_url=callback_url,
                metadata=metadata,
                source=source,
            )
        )
        return AsyncRequest(self, told)

    async def request(self, request_id: int) -> AsyncRequest:
        """A request that was made before."""
        return AsyncRequest(self, await self._carry_out(protocol.look(request_id)))

    async def _carry_out(self, steps: Steps[T]) -> T:
        outcome: Reply | Lost | None = None
        while True:
            try:
                step = steps.send(outcome)
            except StopIteration as done:
                result: T = done.value
                return result
            if isinstance(step, Pause):
                await asyncio.sleep(step.seconds)
                outcome = None
            else:
                outcome = await self._call(step)

    async def _call(self, call: Call) -> Reply | Lost:
        try:
            return read(
                await self._http.request(
                    call.method,
                    call.path,
                    json=call.body,
                    headers=call.headers,
                    timeout=self._address.patience(call),
                )
            )
        except httpx.TransportError as error:
            return Lost(f"{self._address.url}: {error or type(error).__name__}")


class AsyncRequest:
    """A question that was put to people. `url` is the page where they decide it."""

    def __init__(self, client: AsyncClient, told: Mapping[str, Any]) -> None:
        self._client = client
        self.id: int = told["id"]
        self.url: str = told["url"]

    async def status(self) -> str:
        """How it stands now: pending, decided, expired or cancelled."""
        told = await self._client._carry_out(protocol.look(self.id))
        return str(told["status"])

    async def wait(self, timeout: float | None = None) -> Answer:  # noqa: ASYNC109
        """What people say, as soon as they do. Without a timeout for as long as it takes.

        Raises Expired, Cancelled, TimeoutError (it still waits; wait again whenever you like).
        """
        return await self._client._carry_out(protocol.wait(self.id, timeout=timeout))

    async def cancel(self, reason: str = "") -> None:
        """Withdraw it. Raises Refused when it has ended."""
        await self._client._carry_out(protocol.cancel(self.id, reason=reason))
