"""Reads payloads as the runner does, and answers as the site does."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from agents import dialects
from agents.dialects.request import InvalidAnswer, Reviewer, ReviewRequest

BY = Reviewer(name="bob", at="2026-11-23T10:00:00+00:00")
_PAYLOADS = Path(__file__).parent / "payloads"
NAMES = sorted(path.stem for path in _PAYLOADS.glob("*.json") if "response." not in path.name)


def captured(name: str) -> list[dict[str, Any]]:
    """The interrupts of one pause, as a real library left them: value, id, response_schema."""
    return json.loads((_PAYLOADS / f"{name}.json").read_text())


def requests(name: str) -> list[ReviewRequest]:
    return [
        read(one["value"], interrupt_id=one["id"], response_schema=one["response_schema"])
        for one in captured(name)
    ]


def read(value: Any, **known: Any) -> ReviewRequest:
    return dialects.read(value, **{"node": "ask_user", "state": {"a": 1}} | known)


def tell(request: ReviewRequest, *decisions: Any, interrupt_id: str = "") -> Any:
    """The resume value, through the JSON that the site keeps of a question."""
    return dialects.answer(
        request.dialect,
        actions=json.loads(json.dumps([action.as_json() for action in request.actions])),
        decisions=decisions,
        by=BY,
        payload=request.payload,
        interrupt_id=interrupt_id,
    )


def faults(request: ReviewRequest, *decisions: Any) -> dict[str, str]:
    with pytest.raises(InvalidAnswer) as refused:
        tell(request, *decisions)
    return refused.value.errors
