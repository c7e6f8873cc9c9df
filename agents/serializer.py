"""Rebuilds from a checkpoint only what an agent declares; what is left as data is counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from contextvars import ContextVar
from typing import Any

from langgraph.checkpoint.serde.event_hooks import SerdeEvent, register_serde_event_listener
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer

_BLOCKED = ("msgpack_blocked", "msgpack_method_blocked")

_counting: ContextVar[Counter[str] | None] = ContextVar("counting", default=None)
"""Of the serializer at work here: LangGraph tells its listeners the type, but not whose it is."""


class StrictSerializer(JsonPlusSerializer):
    """Builds nothing from a checkpoint but LangGraph's safe types and the agent's own.

    `unknown`: how often it met each other type, and gave its fields as plain data instead.
    """

    def __init__(self, types: Iterable[type]) -> None:
        allowed = [(kind.__module__, kind.__qualname__) for kind in types]
        super().__init__(pickle_fallback=False, allowed_msgpack_modules=allowed)
        self.unknown: Counter[str] = Counter()

    def loads_typed(self, data: tuple[str, bytes]) -> Any:
        token = _counting.set(self.unknown)
        try:
            return super().loads_typed(data)
        finally:
            _counting.reset(token)


def _count(event: SerdeEvent) -> None:
    unknown = _counting.get()
    if unknown is not None and event["kind"] in _BLOCKED:
        unknown[f"{event['module']}.{event['name']}"] += 1


register_serde_event_listener(_count)
