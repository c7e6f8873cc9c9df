"""One chat message, whatever library wrote it.

LangChain's own JSON (`type`, `content`, `tool_calls`), its serialized forms (`lc` and `data`),
OpenAI's (`role`, `tool_calls` with a function), Anthropic's content blocks.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

_ROLES = {
    "human": "person", "user": "person", "ai": "agent", "assistant": "agent",
    "system": "instructions", "developer": "instructions", "tool": "tool", "function": "tool",
}  # fmt: skip
_WHO = {
    "person": _("Person"),
    "agent": _("Agent"),
    "instructions": _("Instructions"),
    "tool": _("Tool"),
}
_CLASSES = {
    "HumanMessage": "human", "AIMessage": "ai", "AIMessageChunk": "ai", "SystemMessage": "system",
    "ToolMessage": "tool", "FunctionMessage": "tool", "HumanMessageChunk": "human",
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Call:
    """A tool the agent called, or wants to; `result` once there is one."""

    name: str
    args: Any
    id: str = ""
    result: str | None = None
    failed: bool = False
    is_proposed: bool = False


@dataclass(frozen=True, kw_only=True)
class Turn:
    """One message: who speaks, what they say, what they call. `extras` name what is not text."""

    who: str | Promise
    tone: str
    text: str = ""
    thought: str = ""
    name: str = ""
    calls: tuple[Call, ...] = ()
    extras: tuple[str, ...] = ()
    answers: str = ""
    failed: bool = False

    @property
    def is_empty(self) -> bool:
        return not (self.text or self.thought or self.calls or self.extras)


def read_message(message: Any) -> Turn | None:
    """The turn a message is; None when it is no message."""
    if isinstance(message, list) and len(message) == 2 and isinstance(message[0], str):
        message = {"role": message[0], "content": message[1]}
    message = _unwrapped(message)
    if message is None or "content" not in message:
        return None
    role = _text(message.get("role")) or _text(message.get("type"))
    if role not in _ROLES:
        return None
    turn = _content(Turn(who=_WHO[_ROLES[role]], tone=_ROLES[role]), message["content"])
    return replace(
        turn,
        name=_text(message.get("name")),
        calls=turn.calls or tuple(_calls(message)),
        answers=turn.answers or _text(message.get("tool_call_id")),
        failed=turn.failed or message.get("status") == "error",
    )


def _unwrapped(message: Any) -> Mapping[str, Any] | None:
    """The fields of a message out of LangChain's envelopes."""
    if not isinstance(message, Mapping):
        return None
    kwargs, path, data = message.get("kwargs"), message.get("id"), message.get("data")
    if message.get("lc") == 1 and isinstance(kwargs, Mapping) and isinstance(path, list) and path:
        return {"type": _CLASSES.get(str(path[-1]), ""), **kwargs}
    if isinstance(data, Mapping) and "content" in data:
        return {**data, "type": message.get("type")}
    return message


def _content(turn: Turn, content: Any) -> Turn:
    if content is None or isinstance(content, str):
        return replace(turn, text=content or "")
    if not isinstance(content, list):
        return replace(turn, text=json.dumps(content, ensure_ascii=False))
    for block in content:
        turn = _with_block(turn, block)
    return turn


def _with_block(turn: Turn, block: Any) -> Turn:
    if isinstance(block, str):
        return replace(turn, text=_joined(turn.text, block))
    if not isinstance(block, Mapping):
        return replace(turn, extras=(*turn.extras, json.dumps(block)))
    kind, text = block.get("type"), _text(block.get("text"))
    if kind in ("text", "input_text", "output_text"):
        return replace(turn, text=_joined(turn.text, text))
    if kind in ("reasoning", "thinking"):
        said = _text(block.get("thinking")) or _text(block.get("reasoning")) or text
        return replace(turn, thought=_joined(turn.thought, said))
    if kind in ("tool_use", "tool_call"):
        args = block.get("input", block.get("args"))
        call = Call(name=_text(block.get("name")), args=args, id=_text(block.get("id")))
        return replace(turn, calls=(*turn.calls, call))
    if kind == "tool_result":
        inside = _content(Turn(who=_WHO["tool"], tone="tool"), block.get("content"))
        return replace(
            turn, who=_WHO["tool"], tone="tool", text=_joined(turn.text, inside.text),
            extras=turn.extras + inside.extras, answers=_text(block.get("tool_use_id")),
            failed=block.get("is_error") is True,
        )  # fmt: skip
    return replace(turn, extras=(*turn.extras, str(kind or _("something else"))))


def _calls(message: Mapping[str, Any]) -> list[Call]:
    extra = message.get("additional_kwargs")
    raw = message.get("tool_calls") or (
        extra.get("tool_calls") if isinstance(extra, Mapping) else None
    )
    return [_call(one) for one in raw if isinstance(one, Mapping)] if isinstance(raw, list) else []


def _call(raw: Mapping[str, Any]) -> Call:
    function = raw.get("function")
    if isinstance(function, Mapping):
        args = _arguments(function.get("arguments"))
        return Call(name=_text(function.get("name")), args=args, id=_text(raw.get("id")))
    return Call(name=_text(raw.get("name")), args=raw.get("args"), id=_text(raw.get("id")))


def _arguments(raw: Any) -> Any:
    """OpenAI writes arguments as JSON text, and a model may have written it badly."""
    if not isinstance(raw, str):
        return raw
    try:
        return json.loads(raw)
    except (ValueError, RecursionError):
        return raw


def _joined(before: str, more: str) -> str:
    return f"{before}\n\n{more}" if before and more else before or more


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
