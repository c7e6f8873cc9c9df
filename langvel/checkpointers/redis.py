"""Threads kept in a Redis ≥ 6.2 or Valkey, without modules.

A saver of our own. Those on PyPI that need no modules pass the public conformance suite, but
with langgraph-checkpoint-plainredis a state field that didn't change for the length of the TTL
vanishes from a thread that goes on, and ValkeySaver of langgraph-checkpoint-aws takes a server it
can't reach for a thread that doesn't exist. Both would show a person something untrue.

Paused threads are as durable as the server is set up to be: `appendonly yes`, and no eviction.
"""

from __future__ import annotations

import json
import os
import random
import warnings
from collections.abc import Collection, Iterator, Sequence
from typing import Any

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import (
    WRITES_IDX_MAP,
    ChannelVersions,
    Checkpoint,
    CheckpointMetadata,
    CheckpointTuple,
    get_checkpoint_id,
    get_checkpoint_metadata,
)
from langgraph.checkpoint.serde.base import SerializerProtocol
from langgraph.checkpoint.serde.types import INTERRUPT

from langvel.checkpointers.backend import Backend
from langvel.checkpointers.effects import Effects
from langvel.checkpointers.locks import ThreadLocks
from langvel.checkpointers.redis_server import Entry, RedisEffects, RedisServer, redis_server
from langvel.checkpointers.serializer import serializer
from langvel.checkpointers.threaded import ThreadedSaver
from langvel.exceptions import CheckpointerRequired, DeadlineOutlivesThread

EMPTY = b"empty\0"


class RedisThreads(ThreadedSaver):
    """A saver for sync and async callers of any event loop.

    `ttl` is in seconds, counted from a thread's last change; then the whole thread is gone.
    """

    def __init__(
        self, server: RedisServer, *, serde: SerializerProtocol, ttl: float | None = None
    ) -> None:
        super().__init__(serde=serde)
        self.server = server
        self.ttl = ttl

    @property
    def locks(self) -> ThreadLocks:
        return self.server.locks

    @property
    def effects(self) -> Effects:
        return RedisEffects(self.server.client, ttl=self.ttl)

    def get_next_version(self, current: str | None, channel: None) -> str:
        """Never twice the same: two forks of a checkpoint must not share a value's name."""
        last = int(current.split(".")[0]) if current else 0
        return f"{last + 1:032}.{random.random():016}"  # noqa: S311

    def get_tuple(self, config: RunnableConfig) -> CheckpointTuple | None:
        thread_id, namespace = _place(config)
        if checkpoint_id := get_checkpoint_id(config):
            exact = f"[{_checkpoint_field(namespace, checkpoint_id)}"
            return self._read(thread_id, first=exact, last=exact)
        prefix = _checkpoint_field(namespace, "")
        return self._read(thread_id, first=f"[{prefix}", last=f"({prefix}\xff")

    def list(
        self,
        config: RunnableConfig | None,
        *,
        filter: dict[str, Any] | None = None,
        before: RunnableConfig | None = None,
        limit: int | None = None,
    ) -> Iterator[CheckpointTuple]:
        """Newest first. Without a config, thread by thread."""
        wanted = config["configurable"] if config else {}
        only, older = wanted.get("checkpoint_id"), get_checkpoint_id(before) if before else None
        for thread_id in [str(wanted["thread_id"])] if config else self.server.threads():
            for namespace, checkpoint_id in self._checkpoints(thread_id):
                if limit is not None and limit <= 0:
                    return
                if wanted.get("checkpoint_ns", namespace) != namespace:
                    continue
                if only not in (None, checkpoint_id) or (older and checkpoint_id >= older):
                    continue
                exact = f"[{_checkpoint_field(namespace, checkpoint_id)}"
                found = self._read(thread_id, first=exact, last=exact)
                if found is not None and _matches(found.metadata, filter or {}):
                    limit = None if limit is None else limit - 1
                    yield found

    def put(
        self,
        config: RunnableConfig,
        checkpoint: Checkpoint,
        metadata: CheckpointMetadata,
        new_versions: ChannelVersions,
    ) -> RunnableConfig:
        thread_id, namespace = _place(config)
        values = checkpoint["channel_values"]
        record = {
            "checkpoint": {k: v for k, v in checkpoint.items() if k != "channel_values"},
            "metadata": get_checkpoint_metadata(config, metadata),
            "parent": config["configurable"].get("checkpoint_id"),
        }
        field = _checkpoint_field(namespace, checkpoint["id"])
        names = [
            _blob_field(namespace, *item) for item in sorted(checkpoint["channel_versions"].items())
        ]
        entries: list[Entry] = [
            (
                "blob",
                _blob_field(namespace, channel, version),
                self._dump(values[channel]) if channel in values else EMPTY,
            )
            for channel, version in new_versions.items()
        ]
        entries += [
            ("set", field, self._dump(record)),
            ("blob", f"v{field}", json.dumps(names).encode()),
        ]
        self._write(thread_id, entries)
        return _config(thread_id, namespace, checkpoint["id"])

    def put_writes(
        self,
        config: RunnableConfig,
        writes: Sequence[tuple[str, Any]],
        task_id: str,
        task_path: str = "",
    ) -> None:
        thread_id, namespace = _place(config)
        checkpoint_id = config["configurable"]["checkpoint_id"]
        entries: list[Entry] = []
        for position, (channel, value) in enumerate(writes):
            index = WRITES_IDX_MAP.get(channel, position)
            field = f"w\0{namespace}\0{checkpoint_id}\0{task_id}\0{index}"
            stored = self._dump([task_path, task_id, index, channel, value])
            entries.append(("keep" if index >= 0 else "set", field, stored))
            if channel == INTERRUPT:
                self._warn_of(value)
        self._write(thread_id, entries)

    def delete_thread(self, thread_id: str) -> None:
        self.server.delete(str(thread_id))

    def _read(self, thread_id: str, *, first: str, last: str) -> CheckpointTuple | None:
        found = self.server.read(thread_id, first=first, last=last)
        if found is None:
            return None
        field, stored, values, flat = found
        namespace, checkpoint_id = _parts(field.decode())
        record = self._load(stored)
        channels = sorted(record["checkpoint"]["channel_versions"])
        known = {
            channel: self._load(value)
            for channel, value in zip(channels, values, strict=True)
            if value is not None and value != EMPTY
        }
        checkpoint: Any = {**record["checkpoint"], "channel_values": known}
        writes = sorted((self._load(value) for value in flat[1::2]), key=lambda write: write[:3])
        parent = record["parent"]
        return CheckpointTuple(
            config=_config(thread_id, namespace, checkpoint_id),
            checkpoint=checkpoint,
            metadata=record["metadata"],
            parent_config=_config(thread_id, namespace, parent) if parent else None,
            pending_writes=[(task_id, channel, value) for _, task_id, _, channel, value in writes],
        )

    def _checkpoints(self, thread_id: str) -> Sequence[tuple[str, str]]:
        found = [
            _parts(field) for field in self.server.fields(thread_id) if field.startswith("c\0")
        ]
        return sorted(found, key=lambda place: place[1], reverse=True)

    def _write(self, thread_id: str, entries: Sequence[Entry]) -> None:
        self.server.write(thread_id, entries, milliseconds=int((self.ttl or 0) * 1000))

    def _dump(self, value: Any) -> bytes:
        kind, data = self.serde.dumps_typed(value)
        return kind.encode() + b"\0" + data

    def _load(self, stored: bytes) -> Any:
        kind, _, data = stored.partition(b"\0")
        return self.serde.loads_typed((kind.decode(), data))

    def _warn_of(self, interrupts: Sequence[Any]) -> None:
        """Say when a question will be gone before the time its reviewer has is up."""
        for value in (getattr(interrupt, "value", None) for interrupt in interrupts):
            if not isinstance(value, dict):
                continue
            deadline = value.get("deadline")
            if self.ttl and isinstance(deadline, (int, float)) and deadline > self.ttl:
                warnings.warn(
                    f"The question at {value.get('node')!r} may be answered for {deadline:g} s, "
                    f"but Redis forgets its thread after {self.ttl:g} s: raise the ttl.",
                    DeadlineOutlivesThread,
                    stacklevel=2,
                )


def open_backend(types: Collection[type]) -> Backend:
    """The server of REDIS_URL."""
    url = os.environ.get("REDIS_URL")
    if not url:
        raise CheckpointerRequired("checkpointer = 'redis' needs the environment's REDIS_URL.")
    server = redis_server(url)
    return Backend(RedisThreads(server, serde=serializer(types)), server.locks)


def _place(config: RunnableConfig) -> tuple[str, str]:
    configurable = config["configurable"]
    return str(configurable["thread_id"]), configurable.get("checkpoint_ns", "")


def _config(thread_id: str, namespace: str, checkpoint_id: str) -> RunnableConfig:
    return {
        "configurable": {
            "thread_id": thread_id,
            "checkpoint_ns": namespace,
            "checkpoint_id": checkpoint_id,
        }
    }


def _checkpoint_field(namespace: str, checkpoint_id: str) -> str:
    return f"c\0{namespace}\0{checkpoint_id}"


def _blob_field(namespace: str, channel: str, version: Any) -> str:
    return f"b\0{namespace}\0{channel}\0{version}"


def _parts(field: str) -> tuple[str, str]:
    _, namespace, checkpoint_id = field.split("\0")
    return namespace, checkpoint_id


def _matches(metadata: CheckpointMetadata, wanted: dict[str, Any]) -> bool:
    return all(metadata.get(name) == value for name, value in wanted.items())
