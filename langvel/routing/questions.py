"""What is wrong with a question, as far as it shows before there is a state."""

from __future__ import annotations

import math
from datetime import timedelta
from typing import Any, get_args

from langvel.routing.plan import OnReject, OnTimeout, Question, Risk

LONGEST_DEADLINE = 100 * 365 * 86_400
"""Seconds. What is later than a hundred years from now is no deadline."""


def faults_of(question: Question, *, where: str = "interrupt") -> list[str]:
    offered: tuple[tuple[str, Any, Any], ...] = (
        ("risk", question.risk, Risk),
        ("on_timeout", question.on_timeout, OnTimeout),
        ("on_reject", question.on_reject, OnReject),
    )
    faults = [
        f"{where}({name}={value!r}) must be one of {get_args(allowed)}"
        for name, value, allowed in offered
        if value is not None and not callable(value) and value not in get_args(allowed)
    ]
    if question.deadline is not None and not is_deadline(question.deadline):
        faults.append(
            f"{where}(deadline={question.deadline!r}) must be a time to wait: a timedelta, or a "
            "number of seconds above 0"
        )
    return faults


def seconds_of(deadline: Any) -> Any:
    """A timedelta as seconds; anything else as it is."""
    return deadline.total_seconds() if isinstance(deadline, timedelta) else deadline


def is_deadline(seconds: Any) -> bool:
    """Whether it is a number of seconds within which somebody could answer."""
    is_number = isinstance(seconds, (int, float)) and not isinstance(seconds, bool)
    return is_number and math.isfinite(seconds) and 0 < seconds <= LONGEST_DEADLINE
