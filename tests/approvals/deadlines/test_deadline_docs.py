"""The whole way, with the code that docs/deadlines.md prints: asked, nobody answers, what then."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from approvals.deadlines import sweep
from approvals.models import Interrupt, Run
from tests.approvals.conftest import answer
from tests.markdown import python_of

PAGE = Path(__file__).resolve().parents[3] / "docs" / "deadlines.md"
BLOCKS = [block.code for block in python_of(PAGE)]

pytestmark = pytest.mark.django_db(transaction=True)

Started = Callable[..., Run]


@pytest.fixture
def expenses(printed: Callable[..., None]) -> None:
    printed(
        "expenses",
        "\n".join(BLOCKS[:2]),
        {"expenses": "ExpenseAgent", "reimbursements": "Reimbursements"},
    )


def wait_for(question: Interrupt) -> Interrupt:
    """As if its deadline had passed a minute ago."""
    past = timezone.now() - timedelta(minutes=1)
    Interrupt.objects.filter(pk=question.pk).update(due_at=past, sweep_at=past)
    question.refresh_from_db()
    return question


def seconds(question: Interrupt) -> float:
    assert question.due_at == question.sweep_at
    return float((question.due_at - question.created_at).total_seconds())


def test_the_graph_goes_down_its_path_for_rejections(
    expenses: None, started: Started, drive: Any
) -> None:
    run = started("expenses", input={"amount": 80})
    question = run.interrupts.get()
    assert (seconds(question), question.on_timeout) == (86_400, "reject")
    wait_for(question)

    sweep()
    run = drive(run)

    assert (run.status, run.result["booked"], run.result["rejected"]) == ("success", False, True)
    assert run.result["error"] == f"Nobody answered by {question.due_at:%Y-%m-%d %H:%M} UTC."
    question.refresh_from_db()
    assert question.status == "applied"


def test_before_the_deadline_it_waits(expenses: None, started: Started) -> None:
    started("expenses", input={"amount": 80})

    assert sweep() == []


def test_a_classes_deadline_holds_for_ask_and_a_gate_may_say_otherwise(
    expenses: None, started: Started, drive: Any
) -> None:
    run = started("reimbursements", input={"amount": 80})
    asked = run.interrupts.get()
    assert (seconds(asked), asked.on_timeout) == (3600, "escalate")

    answer(asked, decisions=[{"type": "approve"}])
    drive(run)

    gate = run.interrupts.pending().get()
    assert (seconds(gate), gate.on_timeout) == (3600, "keep")


def test_a_policy_gives_one_to_a_graph_that_says_nothing(
    graphs: None, started: Started, drive: Any, settings: Any
) -> None:
    written: dict[str, Any] = {"timedelta": timedelta}
    exec(BLOCKS[2], written)
    settings.LANGVEL_POLICIES = {"asks_once": written["LANGVEL_POLICIES"]["newsletter"]}

    question = started("asks_once").interrupts.get()

    assert (seconds(question), question.on_timeout) == (2 * 86_400, "escalate")


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        ({"deadline": timedelta(hours=1), "on_timeout": "escalate"}, (3600, "escalate")),
        ({"deadline": timedelta(hours=48), "on_timeout": "escalate"}, (86_400, "reject")),
        ({"on_timeout": "escalate"}, (86_400, "reject")),
    ],
)
def test_a_policys_deadline_counts_where_it_is_sooner(
    expenses: None, started: Started, settings: Any, policy: Any, expected: Any
) -> None:
    settings.LANGVEL_POLICIES = {"expenses": [policy]}

    question = started("expenses", input={"amount": 80}).interrupts.get()

    assert (seconds(question), question.on_timeout) == expected


def test_without_any_nothing_is_ever_due(graphs: None, started: Started) -> None:
    question = started("asks_once").interrupts.get()

    assert (question.due_at, question.sweep_at, question.on_timeout) == (None, None, "")


def test_a_plain_question_that_cannot_be_rejected_waits_for_a_supervisor(
    graphs: None, started: Started, drive: Any, settings: Any
) -> None:
    settings.LANGVEL_POLICIES = {
        "asks_once": [{"deadline": timedelta(hours=1), "on_timeout": "reject"}]
    }
    run = started("asks_once")
    wait_for(run.interrupts.get())

    assert [one.what for one in sweep()] == ["escalated"]
    assert drive(run).status == "interrupted"
