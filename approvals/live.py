"""Live news: what changed, by name and id. How it looks is asked for over HTTP.

`announce` belongs inside the transaction that makes the change: the news goes out when it commits
and never when it is rolled back.
"""

from __future__ import annotations

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


def announce(
    event_type: str,
    *,
    id: int,
    version: int,
    run: int,
    audience: Audience,
    by: str | None = None,
    status: str | None = None,
) -> None:
    frame = {
        "v": VERSION,
        "type": event_type,
        "id": id,
        "run": run,
        "ver": version,
        "by": by,
        "status": status,
    }
    _send(audience.groups(), {"type": "live.frame", "frame": frame})


def _send(groups: list[str], message: dict[str, Any]) -> None:
    layer = get_channel_layer()
    if isinstance(layer, PostgresChannelLayer):
        layer.notify_groups(groups, message)
        return

    def send() -> None:
        for group in groups:
            async_to_sync(layer.group_send)(group, message)

    # The change is committed by then: a channel layer that is down must not undo the answer.
    transaction.on_commit(send, robust=True)
