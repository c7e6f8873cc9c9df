"""The graphs of "Bring your own LangGraph graph" are answered on the site as the page says."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from approvals.models import Agent, Run
from tests.approvals.conftest import answer, drive, graphs, printed, started
from tests.markdown import python_of

__all__ = ["drive", "graphs", "printed", "started"]

PAGE = Path(__file__).resolve().parents[2] / "docs" / "langvel" / "how-to" / "own-graph.md"

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def newsletter(printed: Callable[..., None]) -> None:
    code = "\n".join(block.code for block in python_of(PAGE))
    printed("newsletter", code, {"newsletter": "newsletter", "mail": "mail"})


@pytest.mark.parametrize(("value", "sent"), [(True, True), ("no", False)])
def test_a_plain_graph_gets_what_was_typed(
    newsletter: None, started: Callable[..., Run], drive: Any, value: Any, sent: bool
) -> None:
    run = started("newsletter", input={"topic": "tea"})
    question = run.interrupts.get()

    answer(question, value)

    assert (question.title, question.description) == ("Send this?", "News about tea")
    assert drive(run).result["sent"] is sent


def test_its_start_page_asks_for_the_topic(newsletter: None) -> None:
    agent = Agent.objects.get(key="newsletter")

    assert (agent.title, agent.description) == (
        "Newsletter",
        "Writes a newsletter and sends it on a yes.",
    )
    assert list(agent.input_schema["properties"]) == ["topic"]


def test_a_node_that_asks_gets_the_arguments_as_edited(
    newsletter: None, started: Callable[..., Run], drive: Any
) -> None:
    run = started("mail", input={"to": "ana@example.com"})
    question = run.interrupts.get()

    edited = [{"type": "edit", "args": {"to": "eve@example.com"}}]
    answer(question, decisions=edited, reason="Ana left.")

    assert (question.title, question.risk) == ("Mail ana@example.com", "high")
    assert drive(run).result["sent_to"] == "eve@example.com"
