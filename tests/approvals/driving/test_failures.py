"""A step that fails loses no question and no answer, and what runs is what was decided last."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from langgraph.types import Command

from approvals.models import Decision, Run
from approvals.services.runs import retry_run
from tests.approvals.conftest import answer
from tests.graphs import FAILING, effects

pytestmark = pytest.mark.django_db(transaction=True)

AGENTS = {
    name: f"tests.shapes.{name}"
    for name in (
        "asks_a_function",
        "asks_a_nul",
        "asks_again_after_failing",
        "asks_beside_a_failure",
        "one_finishes_and_one_fails",
        "two_ask_and_one_fails",
        "wants_an_object",
    )
}

Started = Callable[..., Run]
Drive = Callable[[Run | int], Run]
Outside = Callable[[Run, Callable[[Any, Any], Awaitable[Any]]], None]


def retry(run: Run, drive: Drive, *, reask: bool = False) -> Run:
    retry_run(run.pk, actor=run.requested_by, via="page", reask=reask)
    return drive(run)


def test_the_answer_to_the_question_asked_again_is_what_runs(
    started: Started, drive: Drive
) -> None:
    run = started("fails_after_answer")
    FAILING.add(run.thread_id)
    answer(run.interrupts.get(), "approve")
    run = drive(run)
    run = retry(run, drive)
    run = retry(run, drive, reask=True)
    answer(run.interrupts.pending().get(), "reject")
    run = drive(run)
    assert run.status == "error"
    FAILING.discard(run.thread_id)

    run = retry(run, drive)

    assert (run.status, effects(run.thread_id)) == ("success", ["reject"])


def test_a_question_beside_a_failure_is_held_until_the_run_is_retried(
    started: Started, drive: Drive
) -> None:
    FAILING.add("beside")
    run = started("asks_beside_a_failure", thread_id="beside")
    held = run.interrupts.get()
    assert (run.status, held.status) == ("error", "pending")
    assert "Another step of this run failed" in held.held_reason
    FAILING.discard("beside")

    run = retry(run, drive)
    answer(run.interrupts.get())
    run = drive(run)

    assert run.result["answers"] == ["go=yes", "paid"]
    assert run.interrupts.count() == 1


def test_an_answer_beside_a_failure_is_heard_after_the_retry(
    started: Started, drive: Drive
) -> None:
    run = started("two_ask_and_one_fails")
    FAILING.add(run.thread_id)
    for question in run.interrupts.all():
        answer(question, question.title.upper())
    run = drive(run)
    FAILING.discard(run.thread_id)
    assert run.status == "error"

    run = retry(run, drive)

    assert (run.status, sorted(run.result["answers"])) == ("success", ["CALM", "HASTY"])
    assert sorted(effects(run.thread_id)) == [["calm", "CALM"], ["hasty", "HASTY"]]
    assert set(run.interrupts.values_list("status", flat=True)) == {"applied"}


def test_a_step_that_failed_once_can_be_answered_when_it_asks_more(
    started: Started, drive: Drive
) -> None:
    run = started("asks_again_after_failing")
    FAILING.add(run.thread_id)
    answer(run.interrupts.get(), "one")
    run = drive(run)
    FAILING.discard(run.thread_id)

    run = retry(run, drive)
    run = drive(run)
    answer(run.interrupts.pending().get(), "two")
    run = drive(run)

    assert (run.status, run.result["answers"]) == ("success", ["one", "two"])
    assert run.interrupts.count() == 2


@pytest.mark.parametrize(
    ("agent", "kind"), [("asks_a_function", "TypeError"), ("asks_a_nul", "UntranslatableCharacter")]
)
def test_what_cannot_be_stored_fails_the_run_visibly(
    started: Started, agent: str, kind: str
) -> None:
    run = started(agent)

    assert (run.status, run.error["type"]) == ("error", kind)
    assert run.error["message"]


# Another client's malformed answer


async def malformed(graph: Any, config: Any) -> None:
    [task] = (await graph.aget_state(config)).tasks
    with pytest.raises(TypeError):
        await graph.ainvoke(Command(resume={task.interrupts[0].id: 5}), config)


@pytest.mark.parametrize("when", ["before the decision", "after the decision"])
def test_a_thread_that_anothers_malformed_answer_broke_asks_again(
    started: Started, drive: Drive, outside: Outside, when: str
) -> None:
    run = started("wants_an_object")
    first = run.interrupts.get()

    if when == "before the decision":
        outside(run, malformed)
        answer(first, {"name": "Bob"})
    else:
        answer(first, {"name": "Bob"})
        outside(run, malformed)
    run = drive(run)
    again = run.interrupts.pending().get()
    answer(again, {"name": "Ann"})
    run = drive(run)

    first.refresh_from_db()
    assert (first.status, first.closed_reason.split(",")[0]) == (
        "superseded",
        "Another program answered it in a way the step could not use",
    )
    assert (run.status, run.result["answers"]) == ("success", ["Ann", "act"])
    assert Decision.objects.get(interrupt=first).applied_at is None


def test_what_finished_beside_it_is_not_run_again_to_repair_a_thread(
    started: Started, drive: Drive, outside: Outside
) -> None:
    run = started("one_finishes_and_one_fails")

    async def answer_both(graph: Any, config: Any) -> None:
        tasks = (await graph.aget_state(config)).tasks
        ids = {task.interrupts[0].id: "x" for task in tasks}
        with pytest.raises(RuntimeError):
            await graph.ainvoke(Command(resume=ids), config)

    for question in run.interrupts.all():
        answer(question)
    outside(run, answer_both)
    run = drive(run)

    assert (run.status, run.error["type"]) == ("error", "ChangedOutside")
    assert effects(run.thread_id) == [["calm", "x"]]
    statuses = {row.title: row.status for row in run.interrupts.all()}
    assert statuses == {"calm": "superseded", "late": "decided"}
    assert retry(run, drive).error["message"].startswith("Another program's answer would be")
    assert retry(run, drive, reask=True).status == "interrupted"
