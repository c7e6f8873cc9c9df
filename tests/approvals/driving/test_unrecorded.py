"""A worker dies between asking and recording; other code is deployed before the next one looks."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest
from langgraph.types import Command

from agents import failpoints
from approvals.exceptions import Held
from approvals.models import Run, UnrecordedInterrupt
from approvals.services.runs import retry_run, start_run
from tests.approvals.conftest import answer
from tests.factories import make_user
from tests.graphs import effects

pytestmark = pytest.mark.django_db(transaction=True)

AGENTS = {"pays": "tests.deploys.before", "deep": "tests.shapes.three_deep"}

Drive = Callable[[Run | int], Run]
Deploy = Callable[..., None]
Outside = Callable[[Run, Callable[[Any, Any], Awaitable[Any]]], None]


class Died(BaseException):
    """The worker is gone."""


@pytest.fixture
def dies(drive: Drive) -> Iterator[Callable[[Run], None]]:
    """`dies(run)`: a worker moves the run and dies before it records what came of it."""

    def trap(moment: str) -> None:
        if moment == "drive.passed":
            raise Died

    def dies(run: Run) -> None:
        failpoints.set_trap(trap)
        with pytest.raises(Died):
            drive(run)
        failpoints.set_trap(None)

    yield dies
    failpoints.set_trap(None)


def begin(agent_key: str = "pays") -> Run:
    alice = make_user("alice", "requesters")
    return start_run(agent_key=agent_key, requested_by=alice, input={"topic": "tea"}, via="api")


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ("asks_before", "The code of the step “ask” has changed"),
        ("has_a_new_step", "steps have changed"),
    ],
)
def test_what_other_code_asked_is_held_at_once(
    drive: Drive, dies: Callable[[Run], None], deploy: Deploy, change: str, why: str
) -> None:
    run = begin()
    dies(run)

    deploy(change)
    question = drive(run).interrupts.get()

    assert (question.request, question.status) == ("Pay?", "pending")
    assert why in question.held_reason
    with pytest.raises(Held):
        answer(question)


def test_it_can_be_answered_when_the_code_is_back(
    drive: Drive, dies: Callable[[Run], None], deploy: Deploy
) -> None:
    run = begin()
    dies(run)
    deploy("asks_before")
    drive(run)

    deploy("before")
    answer(run.interrupts.get())

    run = drive(run)
    assert (run.status, run.result["answers"]) == ("success", ["yes", "act"])


def test_it_is_asked_anew_by_the_code_at_hand(
    drive: Drive, dies: Callable[[Run], None], deploy: Deploy
) -> None:
    run = begin()
    dies(run)
    deploy("asks_before")
    drive(run)

    retry_run(run.pk, actor=make_user("sue", "supervisors"), via="api", reask=True)
    drive(run)

    asked = run.interrupts.pending().get()
    assert (asked.request, asked.held_reason) == ("Delete everything?", "")


def test_what_the_same_code_asked_is_not_held(drive: Drive, dies: Callable[[Run], None]) -> None:
    run = begin()
    dies(run)

    question = drive(run).interrupts.get()

    assert question.held_reason == ""
    answer(question)
    assert drive(run).status == "success"


def test_a_second_question_of_other_code_never_hears_an_answer(
    drive: Drive, dies: Callable[[Run], None], deploy: Deploy
) -> None:
    deploy("asks_twice")
    run = drive(begin())
    answer(run.interrupts.get(), value="5")
    dies(run)

    deploy("asks_twice_otherwise")
    run = drive(run)

    assert [question.request for question in run.interrupts.pending().filter(held_reason="")] == []
    assert effects(run.thread_id) == []


def test_a_run_whose_asking_step_is_gone_does_not_end_as_if_it_had_not_asked(
    drive: Drive, dies: Callable[[Run], None], deploy: Deploy
) -> None:
    run = begin()
    dies(run)

    deploy("renamed")
    run = drive(run)

    assert (run.status, run.error["type"]) == ("error", "StepGone")
    assert "Bring the earlier code back" in run.error["message"]


def test_a_retry_asks_when_the_step_is_back(
    drive: Drive, dies: Callable[[Run], None], deploy: Deploy
) -> None:
    run = begin()
    dies(run)
    deploy("renamed")
    drive(run)
    sue = make_user("sue", "supervisors")
    retry_run(run.pk, actor=sue, via="api")
    still = drive(run).status

    deploy("before")
    retry_run(run.pk, actor=sue, via="api")
    question = drive(run).interrupts.get()

    assert (still, question.request, question.held_reason) == ("error", "Pay?", "")


def test_questions_from_graphs_within_are_noted_by_the_tasks_that_show_them(
    drive: Drive, dies: Callable[[Run], None]
) -> None:
    run = begin("deep")
    dies(run)
    noted = set(run.unrecorded.values_list("task_id", flat=True))

    drive(run)

    assert noted == set(run.interrupts.values_list("task_id", flat=True))
    assert len(noted) == 2


def test_nothing_is_noted_of_what_was_recorded(drive: Drive) -> None:
    drive(begin())

    assert UnrecordedInterrupt.objects.count() == 0


def test_an_answer_after_which_the_step_asked_on_was_heard(
    drive: Drive, dies: Callable[[Run], None], deploy: Deploy
) -> None:
    deploy("asks_twice")
    run = drive(begin())
    answer(run.interrupts.get(), value="5")
    dies(run)

    drive(run)

    first, second = run.interrupts.order_by("id")
    assert (first.status, second.request, second.status) == ("applied", "Pay?", "pending")


async def answers_otherwise(graph: Any, config: Any) -> None:
    await graph.ainvoke(Command(resume="7"), config)


def test_an_answer_that_another_program_forestalled_was_not_heard(
    drive: Drive, deploy: Deploy, outside: Outside
) -> None:
    deploy("asks_twice")
    run = drive(begin())
    outside(run, answers_otherwise)
    answer(run.interrupts.get(), value="5")

    drive(run)

    first, second = run.interrupts.order_by("id")
    assert (first.status, second.request) == ("superseded", "Pay?")
    assert first.closed_reason == "Another program answered this question."
