"""How a thread's state looks from outside."""

from __future__ import annotations

from typing import Any, Literal

Status = Literal["unknown", "paused", "failed", "stopped", "finished"]


class StateView(dict[str, Any]):
    """The state as a dict whose fields are attributes too; empty, so false, for an unknown thread.

    `next`, `status` and `interrupts` are about the thread. A field that happens to have one of
    these names is still there as an item.
    """

    def __init__(
        self,
        values: dict[str, Any],
        *,
        next: tuple[str, ...] = (),
        status: Status = "unknown",
        interrupts: tuple[Any, ...] = (),
    ) -> None:
        super().__init__(values)
        self.next = next
        self.status = status
        self.interrupts = interrupts

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name) from None
