"""Which graphs exist. Nothing of an agent is imported before somebody asks for it by key."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.utils.module_loading import import_string

from agents.remote.agent import read_entry

if TYPE_CHECKING:
    from agents.adapters import RegisteredAgent


class UnknownAgent(Exception):
    """No agent of that key is registered in LANGVEL_AGENTS."""


class BadAgentPath(Exception):
    """An entry of LANGVEL_AGENTS is wrong: what it names cannot be imported, or is no graph."""


def paths() -> Mapping[str, str]:
    """Key → dotted path of every registered agent; the address of one that runs elsewhere."""
    entries = {key: _entry(value) for key, value in settings.LANGVEL_AGENTS.items()}
    return {key: entry.get("path") or entry.get("url", "") for key, entry in entries.items()}


def remote_keys() -> list[str]:
    """The agents that run on an Agent Server."""
    return [key for key, value in settings.LANGVEL_AGENTS.items() if "url" in _entry(value)]


def _entry(value: Any) -> Mapping[str, Any]:
    """An entry is a dotted path, or an object with a `path` and settings of the site's own."""
    return value if isinstance(value, Mapping) else {"path": value}


@cache
def load(key: str) -> RegisteredAgent:
    """Import the agent and make it ready to run.

    The adapters import LangGraph (0.7 s, 30 MB), which a web process that only lists agents
    must not pay for; hence by name. Raises UnknownAgent and BadAgentPath.
    """
    if key not in paths():
        raise UnknownAgent(key)
    if key in remote_keys():
        return _remote(key)
    path = paths()[key]
    try:
        target = import_string(path)
        agent: RegisteredAgent = import_string("agents.adapters.adapt")(key, target)
        if "resume" in (entry := _entry(settings.LANGVEL_AGENTS[key])):
            agent.resume = import_string("agents.adapters.resume_mode")(entry["resume"])
    except Exception as error:
        raise BadAgentPath(f"agent {key!r} ({path}): {type(error).__name__}: {error}") from error
    return agent


def _remote(key: str) -> RegisteredAgent:
    """Nothing of the entry is repeated in an error: it may hold secrets."""
    try:
        return read_entry(key, settings.LANGVEL_AGENTS[key])  # type: ignore[return-value]
    except ValueError as error:
        raise BadAgentPath(f"agent {key!r}: {error}") from None


def load_all() -> list[RegisteredAgent]:
    """Every registered agent, in order of key; the first bad path raises, by name."""
    return [load(key) for key in sorted(paths())]
