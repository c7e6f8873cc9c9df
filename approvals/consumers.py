"""The socket that tells a browser what changed.

Frames carry names and ids only, never content: `{"v": 1, "seq": n, "type": …, "id": …, "run": …,
"ver": …, "by": …, "status": …}`. `seq` counts the frames of this connection from 1. A frame of the
type `resync` says that news may have been missed and the page should fetch afresh; the same holds
after every reconnection.
"""

from __future__ import annotations

import asyncio
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

from approvals import live
from approvals.permissions import sees_everything

NOT_SIGNED_IN = 4401
TRY_AGAIN = 1013


class InboxConsumer(AsyncWebsocketConsumer):  # type: ignore[misc]
    # A logout, a deactivated account or a changed right takes effect within this many seconds.
    recheck_seconds = 20.0

    joined: frozenset[str] = frozenset()
    seq = 0
    checking: asyncio.Task[None] | None = None

    async def connect(self) -> None:
        # Accepted first: a browser sees the code of a close, but not of a refused handshake.
        await self.accept()
        if await self._follow_rights():
            self.checking = asyncio.create_task(self._recheck_forever())

    async def disconnect(self, code: int) -> None:
        if self.checking is not None:
            self.checking.cancel()
        await self._join(frozenset())

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """The browser has nothing to say here; it acts over HTTP."""

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


def user_of(session_key: str | None) -> User | AnonymousUser:
    """Django's own check of a session: signed in, active, and no password change since."""
    if session_key is None:
        return AnonymousUser()
    engine = import_string(f"{settings.SESSION_ENGINE}.SessionStore")
    request = HttpRequest()
    request.session = engine(session_key)
    return get_user(request)
