"""The channel in which langvel keeps notes of its own beside an agent's state."""

from __future__ import annotations

from typing import Any

PRIVATE = "_langvel"
RESET = None


def merge_private(
    current: dict[str, Any] | None, new: dict[str, Any] | None
) -> dict[str, Any] | None:
    """Our own notes in the thread: None removes one, RESET all of them.

    No notes are None and not an empty dict, which PostgreSQL would keep in a row of its own.
    """
    if new is RESET:
        return None
    merged = {**(current or {}), **new}
    return {key: value for key, value in merged.items() if value is not None} or None
