"""One POST to an address that a stranger chose."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Mapping
from functools import cache
from urllib.parse import SplitResult

import certifi
import httpx

from approvals.callbacks.addresses import Refused, check_url, port_of, resolve

TIMEOUT_SECONDS = 10.0
USER_AGENT = "langvel-approvals"
_GONE = 410


class Undelivered(Exception):
    """The other side did not take it; the sentence names no secret. `is_final`: never again."""

    def __init__(self, said: str, *, is_final: bool = False) -> None:
        super().__init__(said)
        self.is_final = is_final


async def post(url: str, *, headers: Mapping[str, str], body: str) -> None:
    """Deliver the body: any 2xx counts. Raises Undelivered.

    The host is looked up once, and what is connected to is the address that was judged: a name
    that answers differently the second time leads nowhere else. No redirect is followed, no proxy
    used, and nothing of the answer is read but its head.
    """
    try:
        async with asyncio.timeout(TIMEOUT_SECONDS):
            parts = check_url(url)
            status = await _first_that_answers(parts, await resolve(parts), headers, body)
    except Refused as refusal:
        raise Undelivered(str(refusal)) from refusal
    except TimeoutError as error:
        raise Undelivered(f"No answer within {TIMEOUT_SECONDS:g} seconds.") from error
    except httpx.HTTPError as error:
        raise Undelivered(_why(error)) from error
    if 300 <= status < 400:
        raise Undelivered(f"Answered {status}: redirects are not followed.")
    if not 200 <= status < 300:
        raise Undelivered(f"Answered {status}.", is_final=status == _GONE)


async def _first_that_answers(
    parts: SplitResult, addresses: list[str], headers: Mapping[str, str], body: str
) -> int:
    async with httpx.AsyncClient(
        verify=_trusted(), trust_env=False, follow_redirects=False, timeout=TIMEOUT_SECONDS
    ) as client:
        for address in addresses[:-1]:
            try:
                return await _status(client, parts, address, headers, body)
            except httpx.ConnectError:
                continue
        return await _status(client, parts, addresses[-1], headers, body)


async def _status(
    client: httpx.AsyncClient,
    parts: SplitResult,
    address: str,
    headers: Mapping[str, str],
    body: str,
) -> int:
    place = f"[{address}]" if ":" in address else address
    target = parts._replace(netloc=f"{place}:{port_of(parts)}").geturl()
    said = {"Host": parts.netloc, "Content-Type": "application/json", "User-Agent": USER_AGENT}
    # The certificate must be of the host that was named, not of the address.
    secured = {"sni_hostname": str(parts.hostname)}
    async with client.stream(
        "POST", target, content=body.encode(), headers={**said, **headers}, extensions=secured
    ) as response:
        return response.status_code


def _why(error: httpx.HTTPError) -> str:
    """The address is left out: it may hold a secret."""
    if isinstance(error, httpx.TimeoutException):
        return f"No answer within {TIMEOUT_SECONDS:g} seconds."
    if "CERTIFICATE_VERIFY_FAILED" in str(error):
        return "The certificate is not to be trusted."
    if isinstance(error, httpx.ConnectError):
        return "No connection."
    return f"The connection broke ({type(error).__name__})."


@cache
def _trusted() -> ssl.SSLContext:
    """The authorities of the machine, where an operator adds their own, and the usual ones."""
    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())
    return context
