"""Talking to an Agent Server. What goes wrong on the way says nothing about the graph."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
from langgraph_sdk.client import LangGraphClient

from agents.remote.agent import RemoteAgent
from agents.runner import PassLost

_TIMEOUT = httpx.Timeout(connect=5, read=60, write=60, pool=5)
_REFUSALS = {400, 405, 406, 413, 415, 422}
_LONGEST_MESSAGE = 500


class TryLater(PassLost):
    """The server is away, refuses us, or is busy with the thread. Nothing is lost but time."""


@asynccontextmanager
async def connect(agent: RemoteAgent) -> AsyncIterator[LangGraphClient]:
    """A client for as long as one pass takes.

    The SDK's own factory reads API keys from the environment and would send them to any address;
    it also refuses some names of headers. Whatever fails within is raised as TryLater.
    """
    http = httpx.AsyncClient(base_url=agent.url, headers=dict(agent.headers), timeout=_TIMEOUT)
    try:
        async with http:
            yield LangGraphClient(http)
    except httpx.HTTPStatusError as error:
        raise _told(agent, error.response) from None
    except httpx.HTTPError as error:
        name = type(error).__name__
        raise TryLater(f"The Agent Server of {agent.key!r} cannot be reached ({name}).") from None
    except json.JSONDecodeError:
        raise TryLater(f"The Agent Server of {agent.key!r} answers no JSON.") from None


def is_missing(error: httpx.HTTPStatusError) -> bool:
    """Whether the server itself says there is no such thing.

    A gateway that has lost its server says 404 as well, though not in the server's way; believing
    it would close every question.
    """
    return error.response.status_code == 404 and bool(_detail(error.response))


def refusal(agent: RemoteAgent, response: httpx.Response) -> str:
    """Why the server will never take a request like this one; empty when it may later."""
    if response.status_code not in _REFUSALS:
        return ""
    detail = _detail(response)[:_LONGEST_MESSAGE]
    return f"The Agent Server of {agent.key!r} refused this ({response.status_code}). {detail}"


def _told(agent: RemoteAgent, response: httpx.Response) -> TryLater:
    """Bodies are not quoted: that of a conflict repeats the other run's whole configuration."""
    if response.status_code == 409:
        return TryLater(f"The Agent Server of {agent.key!r} is busy with this thread.")
    return TryLater(f"The Agent Server of {agent.key!r} answered {response.status_code}.")


def _detail(response: httpx.Response) -> str:
    try:
        body = response.json()
    except (ValueError, httpx.ResponseNotRead):
        return ""
    detail = body.get("detail") if isinstance(body, dict) else None
    return detail if isinstance(detail, str) else ""
