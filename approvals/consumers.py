"""The socket that tells a browser what changed.

Frames carry names and ids only, never content: `{"v": 1, "seq": n, "type": …, "id": …, "run": …,
"ver": …, "by": …, "status": …}`. `seq` counts the frames of this connection from 1. A frame of the
type `resync` says that news may have been missed and the page should fetch afresh; the same holds
after every reconnection. Who has a question open is told in the same way: see `approvals.presence`.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from typing import Any

from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer
from django.conf import settings
from django.contrib.auth import get_user
from django.contrib.auth.models import AnonymousUser, User
from django.db import DatabaseError
from django.http import HttpRequest
from django.utils.module_loading import import_string

from approvals import live, presence
from approvals.permissions import sees_everything

NOT_SIGNED_IN = 4401
TRY_AGAIN = 1013


class InboxConsumer(AsyncWebsocketConsumer):  # type: ignore[misc]
    # A logout, a deactivated account or a changed right takes effect within this many seconds.
    recheck_seconds = 20.0

    joined: frozenset[str] = frozenset()
    seq = 0
    checking: asyncio.Task[None] | None = None
    watch: presence.Watch | None = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.allowance = presence.Allowance()

    async def connect(self) -> None:
        # Accepted first: a browser sees the code of a close, but not of a refused handshake.
        await self.accept()
        if await self._follow_rights():
            self.checking = asyncio.create_task(self._recheck_forever())

    async def disconnect(self, code: int) -> None:
        if self.checking is not None:
            self.checking.cancel()
        await self._look_away()
        await self._join(frozenset())

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """A browser says which question it shows, and nothing else here; it acts over HTTP."""
        said = presence.understood(text_data)
        if said is None or not self.allowance.take():
            return
        if self.watch is None or self.watch.question != said.question:
            await self._turn_to(said.question)
        if self.watch is not None:
            await database_sync_to_async(self.watch.beat)(is_editing=said.is_editing)

    async def _turn_to(self, question: int) -> None:
        await self._look_away()
        watch = await database_sync_to_async(watch_of)(self.scope["session"].session_key, question)
        if watch is not None:
            await self.channel_layer.group_add(watch.group, self.channel_name)
        self.watch = watch

    async def _look_away(self) -> None:
        """Say that the page is gone; the others would notice within a minute anyway."""
        watch, self.watch = self.watch, None
        if watch is None:
            return
        await self.channel_layer.group_discard(watch.group, self.channel_name)
        with contextlib.suppress(DatabaseError):
            await database_sync_to_async(watch.leave)()

    async def dispatch(self, message: dict[str, Any]) -> None:
        """Frames skip the thread hop by which Channels tidies database connections."""
        if message["type"] == "live.frame":
            await self.live_frame(message)
        else:
            await super().dispatch(message)

    async def live_frame(self, message: dict[str, Any]) -> None:
        await self._tell(message["frame"])

    async def resync(self, message: dict[str, Any]) -> None:
        await self._tell({"v": live.VERSION, "type": "resync"})

    async def _tell(self, frame: dict[str, Any]) -> None:
        self.seq += 1
        await self.send(text_data=json.dumps({**frame, "seq": self.seq}, separators=(",", ":")))

    async def _recheck_forever(self) -> None:
        signed_in = True
        while signed_in:
            await asyncio.sleep(self.recheck_seconds)
            try:
                signed_in = await self._follow_rights()
            except DatabaseError:
                # Nobody knows whether the session still holds: the browser has to ask again.
                await self.close(code=TRY_AGAIN)
                return

    async def _follow_rights(self) -> bool:
        """Join the groups this session may hear now; without a session, say goodbye."""
        groups = await database_sync_to_async(groups_of)(self.scope["session"].session_key)
        if groups is None:
            await self.close(code=NOT_SIGNED_IN)
            return False
        if groups != self.joined:
            # Other rights than before: whether the open question may be seen is asked anew.
            await self._look_away()
        await self._join(groups)
        return True

    async def _join(self, groups: frozenset[str]) -> None:
        for group in self.joined - groups:
            await self.channel_layer.group_discard(group, self.channel_name)
        for group in groups - self.joined:
            await self.channel_layer.group_add(group, self.channel_name)
        self.joined = groups


def groups_of(session_key: str | None) -> frozenset[str] | None:
    """The groups a session may hear; None if it is over. Reads fresh rows."""
    user = user_of(session_key)
    if not isinstance(user, User):
        return None
    own = live.own_group(user.pk)
    return frozenset({own, live.EVERYTHING} if sees_everything(user) else {own})


def watch_of(session_key: str | None, question: int) -> presence.Watch | None:
    """A watch over a question, for whom the session belongs to and if they see it."""
    user = user_of(session_key)
    return presence.watch(question, user) if isinstance(user, User) else None


def user_of(session_key: str | None) -> User | AnonymousUser:
    """Django's own check of a session: signed in, active, and no password change since."""
    if session_key is None:
        return AnonymousUser()
    engine = import_string(f"{settings.SESSION_ENGINE}.SessionStore")
    request = HttpRequest()
    request.session = engine(session_key)
    return get_user(request)
