"""LangChain's HumanInTheLoopMiddleware, all calls of a turn in one question. deepagents too."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from agents.dialects import tools, words
from agents.dialects.request import (
    Action,
    Asked,
    Pause,
    Reviewer,
    ReviewerDecision,
    ReviewRequest,
    ToolSchema,
)

NAME = "langchain_batched"


def matches(pause: Pause) -> bool:
    return bool(_actions(pause))


def read(pause: Pause) -> ReviewRequest:
    actions = _actions(pause)
    calls = [(action.name, action.args) for action in actions]
    return ReviewRequest(
        dialect=NAME,
        title=words.titles(calls),
        summary=words.summaries(calls),
        effect=words.effect(calls),
        actions=tuple(actions),
        state=pause.state,
        payload=pause.value,
    )


def answer(asked: Asked, decisions: Sequence[ReviewerDecision], *, by: Reviewer) -> Any:
    """The middleware's HITLResponse: one decision an action, in order."""
    return {"decisions": tools.each(asked.actions, decisions, tools.langchain_decision)}


def place(pointer: str) -> str:
    return pointer.removeprefix("/decisions").replace("/edited_action/args", "/args", 1)


def _actions(pause: Pause) -> list[Action]:
    """Empty unless every action is whole and has at least one decision we know."""
    value = pause.value
    if not isinstance(value, Mapping):
        return []
    requests, configs = value.get("action_requests"), value.get("review_configs")
    if not isinstance(requests, list) or not isinstance(configs, list):
        return []
    found = [
        _action(one, _config(one, configs, at=at), tool_schema=pause.tool_schema)
        for at, one in enumerate(requests)
    ]
    whole = [action for action in found if action is not None]
    return whole if len(whole) == len(found) else []


def _config(request: Any, configs: list[Any], *, at: int) -> Mapping[str, Any]:
    """The action's own configuration: the one at its place, else the first of its name."""
    if not isinstance(request, Mapping):
        return {}
    own = [configs[at]] if at < len(configs) else []
    for config in [*own, *configs]:
        if isinstance(config, Mapping) and config.get("action_name") == request.get("name"):
            return config
    return {}


def _action(request: Any, config: Mapping[str, Any], *, tool_schema: ToolSchema) -> Action | None:
    allowed = config.get("allowed_decisions")
    if not isinstance(request, Mapping) or not isinstance(allowed, list):
        return None
    name, args = request.get("name"), request.get("args")
    if not isinstance(name, str) or not tools.is_call(name, args) or not tools.verbs(allowed):
        return None
    return Action(
        name=name,
        args=args,
        allowed=tools.verbs(allowed),
        schema=tools.args_schema(config.get("args_schema") or tool_schema(name)),
        description=tools.text(request.get("description")),
        response="message",
    )
