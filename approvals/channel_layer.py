"""A Channels layer over PostgreSQL's LISTEN and NOTIFY: no other server, no tables.

Sending goes through Django's own connection, so a message sent inside a transaction is delivered
when it commits and never when it is rolled back. Each process listens on one connection of its own
and hands messages to its channels from memory.

What differs from other layers:
- a message is one notification, so it must be JSON of less than 8000 bytes: send ids, not content;
- the same message sent twice in one transaction arrives once;
- a plain channel name several processes receive from gets the message in each of them;
- a channel that may have missed messages (a lost listener, a reader too slow for its queue) gets
  `{"type": "resync"}` instead, so consumers need a `resync` handler.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import time
import uuid
from collections import deque
from collections.abc import Iterable, Mapping
from typing import Any

import psycopg
from channels.db import database_sync_to_async
from channels.exceptions import ChannelFull
from channels.layers import BaseChannelLayer
from django.db import connections

logger = logging.getLogger(__name__)

Message = dict[str, Any]

PG_CHANNEL = "langvel_live"
LONGEST_PAYLOAD = 7999
RESYNC: Message = {"type": "resync"}
FIRST_RETRY, LAST_RETRY = 0.2, 5.0
# A listener that idles behind a firewall would otherwise go deaf without noticing.
KEEPALIVES = {"keepalives_idle": 30, "keepalives_interval": 10, "keepalives_count": 3}


class MessageTooLarge(ValueError):
    """A notification holds less than 8000 bytes: send an id and let the receiver fetch."""


class Mailbox:
    """The bounded queue of one channel."""

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self.messages: deque[tuple[float, Message]] = deque()
        self.arrived = asyncio.Event()

    @property
    def is_full(self) -> bool:
        return len(self.messages) >= self.capacity

    def put(self, message: Message) -> None:
        self.messages.append((time.monotonic(), message))
        self.arrived.set()

    def replace_all(self, message: Message) -> None:
        self.messages.clear()
        self.put(message)

    def oldest_age(self) -> float:
        return time.monotonic() - self.messages[0][0] if self.messages else 0.0

    async def get(self, *, expiry: float) -> Message:
        while True:
            while self.messages:
                put_at, message = self.messages.popleft()
                if time.monotonic() - put_at <= expiry:
                    return message
            self.arrived.clear()
            await self.arrived.wait()


class Listener:
    """What one event loop receives: its mailboxes, its groups and its LISTEN connection."""

    def __init__(self, layer: PostgresChannelLayer) -> None:
        self.layer = layer
        self.client = uuid.uuid4().hex[:12]
        self.mailboxes: dict[str, Mailbox] = {}
        self.groups: dict[str, set[str]] = {}
        self.is_listening = asyncio.Event()
        self.task: asyncio.Task[None] | None = None

    async def ensure(self) -> None:
        """Return once notifications are heard; what is sent afterwards is not missed."""
        if self.task is None or self.task.done():
            self.is_listening.clear()
            self.task = asyncio.create_task(self._listen_forever())
        if not self.is_listening.is_set():
            await asyncio.wait_for(self.is_listening.wait(), timeout=2 * LAST_RETRY)

    async def close(self) -> None:
        if self.task is not None:
            self.task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self.task
            self.task = None

    def mailbox(self, channel: str) -> Mailbox:
        found = self.mailboxes.get(channel)
        if found is None:
            capacity = self.layer.get_capacity(channel)
            found = self.mailboxes[channel] = Mailbox(capacity)
        return found

    def reads(self, channel: str) -> bool:
        """Whether a message to the channel is ours, also between two calls of receive()."""
        return channel in self.mailboxes or f"{self.client}!" in channel

    def deliver(self, channel: str, message: Message) -> None:
        box = self.mailbox(channel)
        if not box.is_full:
            box.put(dict(message))
        elif box.oldest_age() > self.layer.expiry:
            self._forget(channel)
        else:
            logger.warning("The reader of %s is too slow; it is told to start afresh", channel)
            box.replace_all(dict(RESYNC))

    def _forget(self, channel: str) -> None:
        """Nobody has read for a whole expiry: the consumer is gone without a goodbye."""
        self.mailboxes.pop(channel, None)
        for group in [name for name, members in self.groups.items() if channel in members]:
            self.discard(group, channel)

    def discard(self, group: str, channel: str) -> None:
        members = self.groups.get(group, set())
        members.discard(channel)
        if not members:
            self.groups.pop(group, None)

    def _receive(self, payload: str) -> None:
        packet = json.loads(payload)
        if "c" in packet:
            if self.reads(packet["c"]):
                self.deliver(packet["c"], packet["m"])
            return
        # A channel in several of the groups still gets the message once.
        for channel in set().union(*(self.groups.get(name, ()) for name in packet["g"])):
            self.deliver(channel, packet["m"])

    async def _listen_forever(self) -> None:
        retry = FIRST_RETRY
        while True:
            try:
                async with await self._connect() as connection:
                    await connection.execute(f"LISTEN {PG_CHANNEL}")
                    self._announce_gap()
                    self.is_listening.set()
                    retry = FIRST_RETRY
                    async for notification in connection.notifies():
                        self._receive(notification.payload)
            except (psycopg.Error, OSError) as error:
                logger.warning("Live news is cut off (%s); trying again", type(error).__name__)
            await asyncio.sleep(retry)
            retry = min(retry * 2, LAST_RETRY)

    async def _connect(self) -> psycopg.AsyncConnection[Any]:
        params = connections[self.layer.using].get_connection_params()
        for name in ("cursor_factory", "context", "autocommit"):
            params.pop(name, None)
        params |= KEEPALIVES | {"application_name": "langvel live"}
        return await psycopg.AsyncConnection.connect(autocommit=True, **params)

    def _announce_gap(self) -> None:
        for channel in set().union(*self.groups.values()):
            self.mailbox(channel).replace_all(dict(RESYNC))


class PostgresChannelLayer(BaseChannelLayer):  # type: ignore[misc]
    extensions = ["groups", "flush"]

    def __init__(
        self,
        using: str = "default",
        expiry: float = 60,
        capacity: int = 100,
        channel_capacity: dict[str, int] | None = None,
    ) -> None:
        super().__init__(expiry=expiry, capacity=capacity)
        self.channel_capacity = self.compile_capacities(channel_capacity or {})
        self.using = using
        self._listeners: dict[asyncio.AbstractEventLoop, Listener] = {}

    # --- sending

    def notify_groups(self, groups: Iterable[str], message: Message) -> None:
        """Send from synchronous code, within its transaction; one notification for all groups."""
        self.notify_all([(groups, message)])

    def notify_all(self, messages: Iterable[tuple[Iterable[str], Message]]) -> None:
        """`notify_groups` for many messages in one statement."""
        packets = [{"g": list(groups), "m": message} for groups, message in messages]
        for name in {name for packet in packets for name in packet["g"]}:
            self.require_valid_group_name(name)
        self._notify(*packets)

    async def group_send(self, group: str, message: Message) -> None:
        await database_sync_to_async(self.notify_groups)([group], message)

    async def send(self, channel: str, message: Message) -> None:
        self.require_valid_channel_name(channel)
        listener = self._listener()
        if not listener.reads(channel):
            await database_sync_to_async(self._notify)({"c": channel, "m": message})
        elif listener.mailbox(channel).is_full:
            raise ChannelFull(channel)
        else:
            listener.mailbox(channel).put(dict(message))

    def _notify(self, *packets: Mapping[str, Any]) -> None:
        payloads = [json.dumps(packet, separators=(",", ":")) for packet in packets]
        if longest := max((len(one) for one in payloads if len(one) > LONGEST_PAYLOAD), default=0):
            raise MessageTooLarge(f"{MessageTooLarge.__doc__} This one has {longest}.")
        with connections[self.using].cursor() as cursor:
            cursor.execute(
                "SELECT pg_notify(%s, packet::text) FROM json_array_elements(%s::json) AS packet",
                [PG_CHANNEL, f"[{','.join(payloads)}]"],
            )

    # --- receiving

    async def new_channel(self, prefix: str = "specific.") -> str:
        return f"{prefix}{self._listener().client}!{uuid.uuid4().hex}"

    async def receive(self, channel: str) -> Message:
        self.require_valid_channel_name(channel)
        listener = self._listener()
        # Before listening, so that a message sent meanwhile finds the mailbox.
        box = listener.mailbox(channel)
        try:
            await listener.ensure()
            return await box.get(expiry=self.expiry)
        finally:
            if not box.messages and listener.mailboxes.get(channel) is box:
                del listener.mailboxes[channel]

    async def group_add(self, group: str, channel: str) -> None:
        self.require_valid_group_name(group)
        self.require_valid_channel_name(channel)
        listener = self._listener()
        await listener.ensure()
        listener.groups.setdefault(group, set()).add(channel)

    async def group_discard(self, group: str, channel: str) -> None:
        self.require_valid_group_name(group)
        self.require_valid_channel_name(channel)
        self._listener().discard(group, channel)

    async def flush(self) -> None:
        listener = self._listener()
        listener.mailboxes.clear()
        listener.groups.clear()

    async def close(self) -> None:
        await self._listener().close()

    def _listener(self) -> Listener:
        """Everything received belongs to one event loop; loops that ended are forgotten."""
        loop = asyncio.get_running_loop()
        found = self._listeners.get(loop)
        if found is None:
            for ended in [known for known in self._listeners if known.is_closed()]:
                del self._listeners[ended]
            found = self._listeners[loop] = Listener(self)
        return found
