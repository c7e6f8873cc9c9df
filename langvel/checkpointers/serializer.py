"""The serializer of every saver langvel makes."""

from __future__ import annotations

import os
from collections.abc import Iterable

from langgraph.checkpoint.serde.base import SerializerProtocol
from langgraph.checkpoint.serde.encrypted import EncryptedSerializer
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer

from langvel.exceptions import CheckpointerRequired


def strict_serializer(types: Iterable[type] = ()) -> JsonPlusSerializer:
    """Reads back plain data and these types only; no pickle.

    Reading a checkpoint otherwise calls whatever it names, so who can write to the database could
    run code in the agent.
    """
    return JsonPlusSerializer(pickle_fallback=False, allowed_msgpack_modules=list(types))


def serializer(types: Iterable[type] = (), *, key: str | bytes | None = None) -> SerializerProtocol:
    """The strict serializer, under AES when there is a key: given, or LANGGRAPH_AES_KEY.

    Needs pycryptodome. What was stored in clear before can still be read.
    """
    key = key or os.environ.get("LANGGRAPH_AES_KEY")
    if not key:
        return strict_serializer(types)
    secret = key.encode() if isinstance(key, str) else key
    if len(secret) not in (16, 24, 32):
        raise CheckpointerRequired("An AES key has 16, 24 or 32 bytes.")
    return EncryptedSerializer.from_pycryptodome_aes(strict_serializer(types), key=secret)


def names_of(types: Iterable[type]) -> list[tuple[str, str]]:
    """Types as a saver's `with_allowlist` wants them."""
    return [(kind.__module__, kind.__name__) for kind in types]
