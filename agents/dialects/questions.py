"""What dialects about questions have in common: finding a title, answering with a value."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from agents.dialects import words
from agents.dialects.request import InvalidAnswer, ReviewerDecision

_TITLE_KEYS = ("title", "question", "message", "prompt")


def text(value: Any, key: str) -> str:
    found = value.get(key) if isinstance(value, Mapping) else None
    return found if isinstance(found, str) else ""


def title(value: Any, node: str) -> str:
    """What a payload asks, in a line; else what the node that asks is called."""
    asked = [value] if isinstance(value, str) else [text(value, key) for key in _TITLE_KEYS]
    found = next((line for line in map(words.first_line, asked) if line), "")
    return found or words.human(node).capitalize() or "A question"


def value_of(decision: ReviewerDecision) -> Any:
    """The value a response carries. Raises InvalidAnswer when there is none."""
    if "value" not in decision:
        raise InvalidAnswer({"/0/value": _("a response to this question carries a value")})
    return decision["value"]
