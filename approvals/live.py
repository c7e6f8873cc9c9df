"""Live news: what changed, by name and id. How it looks is asked for over HTTP.

`announce` belongs inside the transaction that makes the change: the news goes out when it commits
and never when it is rolled back.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.db import transaction

from approvals.channel_layer import PostgresChannelLayer

VERSION = 1
EVERYTHING = "queue"


def own_group(user_id: int) -> str:
    return f"user-{user_id}"


@dataclass(frozen=True)
class Audience:
    """Who may know: those who see everything, and the person who asked for the run."""

    run_requester_id: int | None

    def groups(self) -> list[str]:
        if self.run_requester_id is None:
            return [EVERYTHING]
        return [EVERYTHING, own_group(self.run_requester_id)]


@dataclass(frozen=True, kw_only=True)
class News:
    """One change: what it is called, what changed, and who may know."""

    event_type: str
    id: int
    version: int
    run: int
    audience: Audience
    by: str | None = None
    status: str | None = None

    def message(self) -> dict[str, Any]:
        frame = {
            "v": VERSION,
            "type": self.event_type,
            "id": self.id,
            "run": self.run,
            "ver": self.version,
            "by": self.by,
            "status": self.status,
        }
        return {"type": "live.frame", "frame": frame}


def announce(event_type: str, **what: Any) -> None:
    """Tell of one change; `what` are the other fields of News."""
    announce_all([News(event_type=event_type, **what)])


def announce_all(news: Iterable[News]) -> None:
    _send((one.audience.groups(), one.message()) for one in news)


def ring(people: Iterable[int]) -> None:
    """Tell people that what they were notified of has changed: each bell asks for its number."""
    if groups := sorted({own_group(pk) for pk in people}):
        _send([(groups, {"type": "live.frame", "frame": {"v": VERSION, "type": "bell"}})])


def tell_presence(groups: list[str], *, id: int, by: str, status: str) -> None:
    """`status` is viewing, editing or left. Without a run: nothing there has changed."""
    frame = {"v": VERSION, "type": "presence", "id": id, "by": by, "status": status}
    _send([(groups, {"type": "live.frame", "frame": frame})])


def _send(news: Iterable[tuple[list[str], dict[str, Any]]]) -> None:
    told = list(news)
    layer = get_channel_layer()
    if isinstance(layer, PostgresChannelLayer):
        layer.notify_all(told)
        return

    def send() -> None:
        for groups, message in told:
            for group in groups:
                async_to_sync(layer.group_send)(group, message)

    # The change is committed by then: a channel layer that is down must not undo the answer.
    transaction.on_commit(send, robust=True)
