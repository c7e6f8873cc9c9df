"""Which graphs exist. Nothing of an agent is imported before somebody asks for it by key."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.utils.module_loading import import_string

if TYPE_CHECKING:
    from agents.adapters import RegisteredAgent


class UnknownAgent(Exception):
    """No agent of that key is registered in LANGVEL_AGENTS."""


class BadAgentPath(Exception):
    """A path of LANGVEL_AGENTS cannot be imported, or names something that is no graph."""


def paths() -> Mapping[str, str]:
    """Key → dotted path of every registered agent."""
    return {key: _entry(value)["path"] for key, value in settings.LANGVEL_AGENTS.items()}


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
    path = paths()[key]
    try:
        target = import_string(path)
        agent: RegisteredAgent = import_string("agents.adapters.adapt")(key, target)
        if "resume" in (entry := _entry(settings.LANGVEL_AGENTS[key])):
            agent.resume = import_string("agents.adapters.resume_mode")(entry["resume"])
    except Exception as error:
        raise BadAgentPath(f"agent {key!r} ({path}): {type(error).__name__}: {error}") from error
    return agent


def load_all() -> list[RegisteredAgent]:
    """Every registered agent, in order of key; the first bad path raises, by name."""
    return [load(key) for key in sorted(paths())]
