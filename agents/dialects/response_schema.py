"""`interrupt(value, response_schema=…)`: a plain question whose answer has a known shape.

LangGraph holds an answer against a Pydantic schema only inside the node, and against a dict
not at all: here both are checked before anything resumes.
"""

from __future__ import annotations

from dataclasses import replace

from agents import schemas
from agents.dialects import plain
from agents.dialects.request import Pause, ReviewRequest

NAME = "response_schema"
answer = plain.answer


def matches(pause: Pause) -> bool:
    return schemas.is_usable(pause.response_schema)


def read(pause: Pause) -> ReviewRequest:
    return replace(plain.read(pause), dialect=NAME)
