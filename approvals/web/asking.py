"""How a plain question wants to be answered, as far as its words tell."""

from __future__ import annotations

import re

from approvals.models import Interrupt

_OPEN = re.compile(
    r"(what|which|who|whom|whose|when|where|why|how"
    r"|(please )?(enter|provide|give|tell|write|describe|name|type|specify|choose|select|pick))\b",
    re.IGNORECASE,
)


def is_yes_or_no(interrupt: Interrupt) -> bool:
    """Whether yes and no can be an answer; only a question that asks for more says otherwise."""
    return _OPEN.match(interrupt.title.strip()) is None
