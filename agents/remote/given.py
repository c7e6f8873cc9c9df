"""With what a thread's first run was started, to be given to every later one: the server forgets it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from langgraph_sdk.schema import Config

from agents.config import RunConfig
from agents.remote.agent import RemoteAgent

_OF_THE_SERVER = {"thread_id", "run_id", "graph_id", "assistant_id", "user_id"}
_STRICT = "__pregel_strict_resume"


@dataclass(frozen=True, kw_only=True)
class Given:
    assistant_id: str
    config: Config


def given(agent: RemoteAgent, config: RunConfig, runs: Sequence[Mapping[str, Any]]) -> Given:
    """This site's own configuration, else that of the newest run that had an input.

    The server takes `configurable` or `context` but not both, and makes each from the other.
    As `configurable`, the option that refuses used ids reaches LangGraph, and a context that has
    a schema is given only what is in it.
    """
    first = next((run for run in runs if (run.get("kwargs") or {}).get("input") is not None), None)
    own: dict[str, Any] = {**config.configurable, **(config.context or {})}
    found: Config = {"configurable": {**own, _STRICT: True}}
    if config.tags:
        found["tags"] = list(config.tags)
    if config.recursion_limit is not None:
        found["recursion_limit"] = config.recursion_limit
    if first is None:
        return Given(assistant_id=agent.assistant, config=found)
    told: Mapping[str, Any] = (first["kwargs"].get("config")) or {}
    inherited = {
        **_public(first["kwargs"].get("context") or {}),
        **_public(told.get("configurable") or {}),
    }
    found["configurable"] = {**(own or inherited), _STRICT: True}
    if "tags" in told:
        found.setdefault("tags", told["tags"])
    if "recursion_limit" in told:
        found.setdefault("recursion_limit", told["recursion_limit"])
    return Given(assistant_id=str(first.get("assistant_id") or agent.assistant), config=found)


def _public(configurable: Mapping[str, Any]) -> dict[str, Any]:
    """What a caller may give: the rest is LangGraph's or the server's."""
    return {
        name: value
        for name, value in configurable.items()
        if name not in _OF_THE_SERVER and not name.startswith(("__", "langgraph_", "checkpoint_"))
    }
