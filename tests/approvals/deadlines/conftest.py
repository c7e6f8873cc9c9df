from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from approvals.models import Interrupt
from tests.factories import QUESTION_ACTION, make_interrupt


@pytest.fixture
def late(db: None) -> Callable[..., Interrupt]:
    """`late("reject", minutes=5)`: a question whose deadline was five minutes ago."""

    def late(on_timeout: str = "reject", *, minutes: float = 1, **fields: Any) -> Interrupt:
        at = timezone.now() - timedelta(minutes=minutes)
        return make_interrupt(on_timeout=on_timeout, due_at=at, sweep_at=at, **fields)

    return late


@pytest.fixture
def late_question(late: Callable[..., Interrupt]) -> Callable[..., Interrupt]:
    """One that wants a value, so that nobody can reject it."""

    def late_question(on_timeout: str = "reject", **fields: Any) -> Interrupt:
        plain = {"actions": [QUESTION_ACTION], "dialect": "plain", "request": "Go on?"}
        return late(on_timeout, **plain | fields)

    return late_question
