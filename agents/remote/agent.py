"""An entry of LANGVEL_AGENTS that names an Agent Server. Reading one talks to nobody."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from agents.jsonable import to_json

_KEYS = {"url", "assistant", "title", "headers", "headers_env", "filter"}
VERSION = "remote"


class _UnseenSteps(dict[str, str]):
    """Code that nobody here can see: any name may be a step's, and nothing is known of it."""

    def __contains__(self, name: object) -> bool:
        return True

    def __missing__(self, name: str) -> str:
        return ""


@dataclass(frozen=True, kw_only=True)
class RemoteAgent:
    """An assistant of an Agent Server.

    `assistant` is a graph's name or an assistant's id; `filter` is the metadata that a thread
    must have to be shown. The headers are secrets: they are in no repr, row, log or message.
    """

    key: str
    url: str
    assistant: str
    title: str
    filter: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    description: str = ""
    version: str = VERSION
    kind: str = "remote"
    resume: str = "all"
    drawing: dict[str, Any] = field(default_factory=dict)
    steps: Mapping[str, str] = field(default_factory=_UnseenSteps, repr=False)

    @property
    def belongs(self) -> dict[str, Any]:
        """The metadata by which the server's threads of this agent are found."""
        own = "assistant_id" if is_id(self.assistant) else "graph_id"
        return {own: self.assistant, **self.filter}

    def input_schema(self) -> dict[str, Any]:
        """Anything: the server is asked later, when it is there."""
        return {"type": "object"}

    def prepare_input(self, values: dict[str, Any]) -> Any:
        return values

    def public_state(self, values: Any) -> dict[str, Any]:
        plain = to_json(values)
        return plain if isinstance(plain, dict) else {"value": plain}

    def validate_edit(self, state: dict[str, Any], args: dict[str, Any]) -> None:
        """The server offers no model to check an edit with; its schema was checked already."""

    def serializable_types(self) -> set[type]:
        return set()


def read_entry(key: str, entry: Mapping[str, Any]) -> RemoteAgent:
    """Raises ValueError, in words that hold no header."""
    if unknown := set(entry) - _KEYS:
        raise ValueError(f"may hold {', '.join(sorted(_KEYS))}; not {min(map(str, unknown))!r}")
    assistant = entry.get("assistant")
    if not isinstance(assistant, str) or not assistant:
        raise ValueError("assistant must be the name of a graph or the id of an assistant")
    wanted = entry.get("filter", {})
    if not isinstance(wanted, Mapping):
        raise ValueError("filter must be an object: the metadata a thread has")
    title = entry.get("title") or key.replace("_", " ").replace("-", " ").capitalize()
    return RemoteAgent(
        key=key,
        url=_address(entry.get("url")),
        assistant=assistant,
        title=str(title),
        filter=dict(wanted),
        headers=_headers(entry),
    )


def _address(url: Any) -> str:
    try:
        parts = urlsplit(url if isinstance(url, str) else "")
        parts.port  # noqa: B018 (reading it is what checks it)
    except ValueError as error:
        raise ValueError("url is no address") from error
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("url must look like https://agents.example")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise ValueError("url must hold no password, query or fragment: put secrets into headers")
    return str(url).rstrip("/")


def _headers(entry: Mapping[str, Any]) -> dict[str, str]:
    """Those given by value and those in the environment variable that `headers_env` names."""
    given = entry.get("headers", {})
    if name := entry.get("headers_env"):
        given = {**_checked(given, "headers"), **_from_environment(name)}
    return _checked(given, "headers")


def _from_environment(name: Any) -> dict[str, str]:
    if not isinstance(name, str):
        raise ValueError("headers_env must be the name of an environment variable")
    try:
        found = json.loads(os.environ[name])
    except KeyError:
        raise ValueError(f"the environment has no {name}, which headers_env names") from None
    except ValueError:
        # The message of json quotes nothing, but its exception carries the whole text.
        raise ValueError(f"{name} is not JSON") from None
    return _checked(found, name)


def _checked(headers: Any, name: str) -> dict[str, str]:
    if not isinstance(headers, Mapping) or not all(
        isinstance(part, str) and part.isascii() and part.isprintable()
        for pair in headers.items()
        for part in pair
    ):
        raise ValueError(f"{name} must be an object of header names and printable ASCII texts")
    return dict(headers)


def is_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
