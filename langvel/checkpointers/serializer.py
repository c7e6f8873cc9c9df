"""The serializer of every saver langvel makes."""

from __future__ import annotations

from collections.abc import Iterable

from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer


def strict_serializer(types: Iterable[type] = ()) -> JsonPlusSerializer:
    """Reads back plain data and these types only; no pickle.

    Reading a checkpoint otherwise calls whatever it names, so who can write to the database could
    run code in the agent.
    """
    return JsonPlusSerializer(pickle_fallback=False, allowed_msgpack_modules=list(types))
