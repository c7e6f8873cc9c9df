"""What other code asked is held: shown, not answerable, and answered when the code is back."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command

from agents import registry
from approvals.driving.looking import look_around
from approvals.driving.reconcile import unexplained_runs
from approvals.exceptions import Held
from approvals.models import Run
from approvals.services.runs import retry_run
from tests.approvals.conftest import answer, jobs
from tests.graphs import FAILING, effects

pytestmark = pytest.mark.django_db(transaction=True)

AGENTS = {"pays": "tests.deploys.before", "declared": "tests.deploys.FirstVersion"}

Started = Callable[..., Run]
Drive = Callable[[Run | int], Run]
Deploy = Callable[..., None]
Outside = Callable[[Run, Callable[[Any, Any], Awaitable[Any]]], None]

CHANGES = [
    ("renamed", "no longer exists"),
    ("asks_before", "The code of the step “ask” has changed"),
    ("has_a_new_step", "steps have changed"),
]


async def gives_input(graph: Any, config: Any) -> None:
    await graph.ainvoke({"topic": "coffee"}, config)


async def deletes(graph: Any, config: Any) -> None:
    await graph.checkpointer.adelete_thread(config["configurable"]["thread_id"])


@pytest.mark.parametrize(("change", "why"), CHANGES)
def test_a_waiting_question_of_other_code_is_held_and_says_why(
    started: Started, deploy: Deploy, change: str, why: str
) -> None:
    question = started("pays").interrupts.get()

    deploy(change)

    question.refresh_from_db()
    assert (question.status, question.version) == ("pending", 2)
    assert why in question.held_reason
    with pytest.raises(Held):
        answer(question)


@pytest.mark.parametrize(("change", "why"), CHANGES)
def test_an_answer_to_other_code_is_not_carried_to_the_graph(
    started: Started, drive: Drive, load: Deploy, change: str, why: str
) -> None:
    run = started("pays")
    answer(run.interrupts.get())

    load(change)
    run = drive(run)

    question = run.interrupts.get()
    assert (run.status, question.status) == ("interrupted", "decided")
    assert why in question.held_reason
    assert effects(run.thread_id) == []
    assert unexplained_runs(grace_seconds=0) == []


@pytest.mark.parametrize(("change", "why"), CHANGES)
def test_the_answer_is_carried_when_the_code_is_back(
    started: Started, drive: Drive, deploy: Deploy, change: str, why: str
) -> None:
    run = started("pays")
    answer(run.interrupts.get())
    deploy(change)
    drive(run)
    queued = len(jobs())

    deploy("before")
    woken = len(jobs()) - queued
    run = drive(run)

    assert (run.status, woken) == ("success", 1)
    assert run.interrupts.get().status == "applied"
    assert run.result["answers"] == ["yes", "act"]


def test_a_held_question_can_be_answered_when_the_code_is_back(
    started: Started, drive: Drive, deploy: Deploy
) -> None:
    run = started("pays")
    deploy("renamed")

    deploy("before")
    answer(run.interrupts.get())

    assert drive(run).status == "success"


def test_a_held_run_that_others_moved_is_left_alone_until_the_code_is_back(
    started: Started, drive: Drive, deploy: Deploy, outside: Outside
) -> None:
    run = started("pays")
    outside(run, gives_input)
    deploy("renamed")
    looked = [look_around().runs]

    deploy("before")
    looked.append(look_around().runs)
    run = drive(run)

    assert looked == [[], [run.pk]]
    asked = run.interrupts.order_by("id").values_list("status", "held_reason")
    assert list(asked) == [("superseded", ""), ("pending", "")]


def test_a_held_run_whose_thread_is_gone_is_seen(
    started: Started, drive: Drive, deploy: Deploy, outside: Outside
) -> None:
    run = started("pays")
    outside(run, deletes)
    deploy("renamed")

    assert look_around().runs == [run.pk]
    assert drive(run).interrupts.get().status == "orphaned"


def test_comments_and_formatting_hold_nothing(
    started: Started, drive: Drive, deploy: Deploy
) -> None:
    run = started("pays")

    deploy("same_but_reformatted")
    answer(run.interrupts.get())

    assert drive(run).status == "success"


def test_a_declared_version_holds(started: Started, deploy: Deploy) -> None:
    question = started("declared", input={}).interrupts.get()

    deploy("SecondVersion", key="declared")

    question.refresh_from_db()
    assert question.held_reason.startswith("Version 1 of the agent asked this")


@pytest.mark.parametrize("change", ["asks_before", "has_a_new_step"])
def test_a_held_question_can_be_asked_again_by_the_new_code(
    started: Started, drive: Drive, deploy: Deploy, change: str
) -> None:
    run = started("pays")
    first = run.interrupts.get()
    deploy(change)

    retry_run(run.pk, actor=run.requested_by, via="page", reask=True)
    run = drive(run)
    while run.status == "interrupted":
        answer(run.interrupts.pending().get())
        run = drive(run)

    first.refresh_from_db()
    assert (first.status, first.closed_reason) == ("superseded", "It was asked again.")
    assert run.status == "success"


def test_a_step_that_is_gone_cannot_ask_again(
    started: Started, drive: Drive, deploy: Deploy
) -> None:
    run = started("pays")
    deploy("renamed")

    retry_run(run.pk, actor=run.requested_by, via="page", reask=True)
    run = drive(run)

    assert (run.status, run.error["type"]) == ("error", "StepGone")
    assert run.interrupts.get().status == "pending"
    assert effects(run.thread_id) == []


def test_publishing_twice_holds_once(started: Started, deploy: Deploy) -> None:
    run = started("pays")

    deploy("renamed")
    deploy("renamed")

    assert run.audit_entries.filter(action="question.held").count() == 1
    assert run.interrupts.get().version == 2


def test_a_retry_of_an_answer_that_other_code_asked_for_runs_nothing(
    started: Started, drive: Drive, load: Deploy, settings: Any
) -> None:
    run = started("fails_after_answer")
    FAILING.add(run.thread_id)
    answer(run.interrupts.get(), "approve")
    run = drive(run)
    FAILING.discard(run.thread_id)

    load("renamed", key="fails_after_answer")
    retry_run(run.pk, actor=run.requested_by, via="page")
    run = drive(run)

    assert (run.status, run.error["type"]) == ("error", "CodeChanged")
    assert run.interrupts.get().status == "decided"


# check_compat


def test_check_compat_names_what_would_be_held(started: Started, load: Deploy) -> None:
    question = started("pays").interrupts.get()
    load("renamed")
    said = StringIO()

    with pytest.raises(SystemExit) as ended:
        call_command("check_compat", stdout=said)

    question.refresh_from_db()
    assert ended.value.code == 1
    assert f"pays, questions {question.pk}: The step “ask”" in said.getvalue()
    assert "1 waiting questions" in said.getvalue()
    assert question.held_reason == ""


def test_check_compat_names_questions_of_agents_that_are_gone(
    started: Started, settings: Any
) -> None:
    started("pays")
    settings.LANGVEL_AGENTS = {"declared": "tests.deploys.FirstVersion"}
    registry.load.cache_clear()
    said = StringIO()

    with pytest.raises(SystemExit):
        call_command("check_compat", stdout=said)

    assert "No agent of that name" in said.getvalue()


def test_check_compat_is_content_when_everything_fits(started: Started, load: Deploy) -> None:
    started("pays")
    started("asks_once")
    load("same_but_reformatted")
    said = StringIO()

    call_command("check_compat", stdout=said)

    assert said.getvalue() == "0 waiting questions would be held\n"
