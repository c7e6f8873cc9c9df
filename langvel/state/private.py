"""The channel in which langvel keeps notes of its own beside an agent's state."""

from __future__ import annotations

from typing import Any

PRIVATE = "_langvel"
RESET = {"reset": True}


def merge_private(current: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    """Our own notes in the thread: None removes one, RESET all of them."""
    if new == RESET:
        return {}
    return {key: value for key, value in {**current, **new}.items() if value is not None}
