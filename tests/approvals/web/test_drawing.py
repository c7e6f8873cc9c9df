"""What langvel wrote into a drawing is said in the reader's language, an author's names are not."""

from __future__ import annotations

import html
import re

import pytest
from django.utils import translation

from agents.drawing import published
from approvals.models import Agent
from approvals.web.runs.drawing import draw
from langvel.routing.sketch import Arrow, Box, Sketch

BOXES = (
    Box("again", "loop", "while is_open, at most 3 times"),
    Box("until", "loop", "until condition"),
    Box("asks", "gate", "may pause after check"),
    Box("which", "crossing", "condition?"),
    Box("named", "crossing", "is_large?"),
    Box("end", "step", "end"),
    Box("while x", "step", "while x"),
)
ARROWS = (
    Arrow("again", "until", "again"),
    Arrow("again", "asks", "done"),
    Arrow("which", "named", "done"),
)


def texts(language: str) -> set[str]:
    agent = Agent(title="Shop", drawing=published(Sketch(BOXES, ARROWS)))
    with translation.override(language):
        said = re.findall(r"<text[^>]*>([^<]*)</text>", draw(agent))
    return set(map(html.unescape, said))


def test_loops_gates_and_conditions_are_drawn_in_german() -> None:
    assert texts("de") == {
        "solange is_open, höchstens 3-mal",
        "bis Bedingung",
        "Pause möglich nach check",
        "Bedingung?",
        "is_large?",
        "end",
        "while x",
        "noch einmal",
        "fertig",
        "done",
    }


@pytest.mark.parametrize("said", ["while is_open, at most 3 times", "condition?", "again"])
def test_in_english_they_stay_as_the_worker_published_them(said: str) -> None:
    assert said in texts("en")
