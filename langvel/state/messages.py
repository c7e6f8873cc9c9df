"""The messages of a state: what is read as one, and how LangGraph adds them."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib import import_module
from typing import Annotated, Any

from langchain_core.messages import AnyMessage, convert_to_messages
from pydantic import BeforeValidator


@cache
def _langgraphs() -> Callable[[Any, Any], Any]:
    """By name: its module loads all of LangGraph, which a state model alone has no use for."""
    found: Callable[[Any, Any], Any] = import_module("langgraph.graph.message").add_messages
    return found


def add_messages(left: Any, right: Any) -> Any:
    """LangGraph's reducer: append, replace those of the same id, take out what is removed."""
    return _langgraphs()(left, right)


def _read_messages(value: Any) -> Any:
    """Take what chat APIs write, `{"role": ..., "content": ...}`, too.

    LangChain's own JSON, which has a type instead, is left to Pydantic: it keeps every part.
    """
    if not isinstance(value, list):
        return value
    return [convert_to_messages([item])[0] if _is_foreign(item) else item for item in value]


def _is_foreign(message: Any) -> bool:
    return isinstance(message, (str, tuple)) or (isinstance(message, dict) and "role" in message)


Messages = Annotated[list[AnyMessage], BeforeValidator(_read_messages), add_messages]
