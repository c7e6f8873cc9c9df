"""What the README prints works as printed."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from approvals.models import Run
from tests.approvals.conftest import answer, drive, graphs, printed, started
from tests.markdown import python_of

__all__ = ["drive", "graphs", "printed", "started"]

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.md"

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def shop(printed: Callable[..., None]) -> None:
    """The README's code in a `shop.py`, registered as the README says."""
    code = "\n".join(block.code for block in python_of(README))
    printed("shop", code, {"accounts": "graph", "deletions": "AccountAgent"})


@pytest.mark.parametrize(("value", "deleted"), [(True, True), (False, False), ("yes", False)])
def test_the_graph_of_the_readme_asks_before_it_deletes(
    shop: None, started: Callable[..., Run], drive: Any, value: Any, deleted: bool
) -> None:
    run = started("accounts", input={"account": "ana"})
    question = run.interrupts.get()

    answer(question, value)

    assert question.title == "Delete account ana?"
    assert drive(run).result["deleted"] is deleted


@pytest.mark.parametrize(("verb", "deleted"), [("approve", "ana"), ("reject", None)])
def test_the_agent_of_the_readme_deletes_only_when_approved(
    shop: None, started: Callable[..., Run], drive: Any, verb: str, deleted: str | None
) -> None:
    run = started("deletions", input={"account": "ana"})
    question = run.interrupts.get()

    answer(question, decisions=[{"type": verb}], reason="Ana left.")

    assert (question.title, question.risk) == ("Delete account ana", "high")
    assert drive(run).result["metadata"].get("deleted") == deleted


def test_every_file_the_readme_names_is_there() -> None:
    named = re.findall(r"\]\(((?!http)[^)]+)\)", README.read_text())

    assert [path for path in named if not (ROOT / path).exists()] == []
