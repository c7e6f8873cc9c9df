"""Named moments of the protocol, at which tests kill, break or stop a process.

Nothing but a test that imports this module can set a trap: no variable, setting or request does,
so in production each moment costs one comparison.
"""

from __future__ import annotations

from collections.abc import Callable

Trap = Callable[[str], None]

_trap: Trap | None = None


def reached(moment: str) -> None:
    """The process has come to this moment."""
    if _trap is not None:
        _trap(moment)


def set_trap(trap: Trap | None) -> None:
    """Have every moment told to `trap`, which may never return; None takes it away."""
    global _trap
    _trap = trap
