"""Carries a person's edit of the state, which is JSON, into the channels of a graph."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from langchain_core.messages import BaseMessage, convert_to_messages
from langgraph.channels.base import BaseChannel
from langgraph.channels.binop import BinaryOperatorAggregate
from langgraph.channels.delta import DeltaChannel
from langgraph.types import Overwrite
from pydantic import TypeAdapter
from pydantic.errors import PydanticSchemaGenerationError, PydanticUserError

from agents.graphs.structure import Graph

Writes = list[tuple[str, Any]]


def channel_writes(graph: Graph, values: Mapping[str, Any], *, now: Any) -> Writes:
    """What to write so that the state holds `values`. `now` is the state as it is.

    A channel with a reducer is overwritten: the person has seen, and sends, its whole value.
    Raises ValueError for a value that is none of the channel's, or for no channel at all.
    """
    current = now if isinstance(now, Mapping) else {}
    writes: Writes = []
    for name, value in values.items():
        channel = graph.channels.get(name)
        if not isinstance(channel, BaseChannel):
            raise ValueError(f"{name!r} is not part of the state")
        python = _as_python(channel, value, now=current.get(name))
        is_reduced = isinstance(channel, (BinaryOperatorAggregate, DeltaChannel))
        writes.append((name, Overwrite(python) if is_reduced else python))
    return writes


def _as_python(channel: BaseChannel[Any, Any, Any], value: Any, *, now: Any) -> Any:
    if isinstance(now, list) and any(isinstance(item, BaseMessage) for item in now):
        return convert_to_messages(value)
    try:
        adapter = TypeAdapter(channel.ValueType)
    except (PydanticSchemaGenerationError, PydanticUserError, NameError):
        return value
    return adapter.validate_python(value)
