"""What other programs do to a thread whose question waits here: seen soon, and never answered over."""

from __future__ import annotations

import threading
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import pytest
from asgiref.sync import async_to_sync
from django.db import connection
from django.test import Client
from langgraph.types import Command
from procrastinate.contrib.django import app

from agents import registry
from approvals import tasks
from approvals.driving.leases import claim
from approvals.driving.looking import have_looked_at, look_around, look_at_slice
from approvals.driving.reconcile import unexplained_runs
from approvals.exceptions import Conflict
from approvals.models import Decision, Interrupt, Run
from approvals.services.agents import publish
from approvals.services.runs import cancel_run, retry_run
from tests.approvals.conftest import answer, jobs
from tests.factories import make_user
from tests.graphs import FAILING, effects

pytestmark = pytest.mark.django_db(transaction=True)

SHAPES = (
    "asks_again_after_failing",
    "asks_in_a_loop",
    "called_from_a_function",
    "each_of_three",
    "fans_out",
    "keeps_its_own_thread",
    "keeps_no_checkpoints",
    "one_finishes_and_one_fails",
    "raises_node_interrupt",
    "stops_after",
    "stops_before",
    "stops_within",
    "three_deep",
    "two_tools",
    "wants_an_object",
)

Started = Callable[..., Run]
Drive = Callable[[Run | int], Run]
Change = Callable[[Any, Any], Awaitable[Any]]
Outside = Callable[[Run, Change], None]


async def updates(graph: Any, config: Any) -> None:
    await graph.aupdate_state(config, {"topic": "coffee"})


async def goes_round(graph: Any, config: Any) -> None:
    await graph.aupdate_state(config, {"answers": ["no need to ask"]}, as_node="ask")


async def gives_input(graph: Any, config: Any) -> None:
    await graph.ainvoke({"topic": "coffee"}, config)


async def forks(graph: Any, config: Any) -> None:
    history = [snapshot async for snapshot in graph.aget_state_history(config)]
    await graph.ainvoke(None, history[-2].config)


async def resumes(graph: Any, config: Any) -> None:
    await graph.ainvoke(Command(resume="theirs"), config)


async def resumes_badly(graph: Any, config: Any) -> None:
    with pytest.raises(TypeError):
        await graph.ainvoke(Command(resume=5), config)


async def resumes_one(graph: Any, config: Any) -> None:
    [task] = [task for task in (await graph.aget_state(config)).tasks if task.name == "red"]
    await graph.ainvoke(Command(resume={task.interrupts[0].id: "theirs"}), config)


async def deletes(graph: Any, config: Any) -> None:
    await graph.checkpointer.adelete_thread(config["configurable"]["thread_id"])


async def prunes(graph: Any, config: Any) -> None:
    await graph.checkpointer.aprune([config["configurable"]["thread_id"]], strategy="keep_latest")


async def prunes_the_head(graph: Any, config: Any) -> None:
    head = (await graph.aget_state(config)).config["configurable"]["checkpoint_id"]
    async with graph.checkpointer.conn.connection() as database:
        await database.execute("DELETE FROM checkpoints WHERE checkpoint_id = %s", [head])


async def prunes_what_was_done(graph: Any, config: Any) -> None:
    async with graph.checkpointer.conn.connection() as database:
        await database.execute(
            "DELETE FROM checkpoint_writes WHERE thread_id = %s",
            [config["configurable"]["thread_id"]],
        )


# agent, what is done; then: status of the question, its reason, status of the run, what is asked
CHANGES = [
    ("asks_once", updates, "superseded", "changed the thread's state", "interrupted", 1),
    ("asks_once", goes_round, "superseded", "changed the thread's state", "error", 0),
    ("asks_once", gives_input, "superseded", "a new input", "interrupted", 1),
    ("asks_once", forks, "superseded", "forked", "interrupted", 1),
    ("asks_once", resumes, "superseded", "answered this", "success", 0),
    ("asks_twice", resumes, "superseded", "answered this", "interrupted", 1),
    ("asks_three_at_once", resumes_one, "superseded", "answered this", "interrupted", 2),
    ("wants_an_object", resumes_badly, "superseded", "could not use", "interrupted", 1),
    ("asks_once", deletes, "orphaned", "was deleted", "error", 0),
    ("asks_once", prunes_the_head, "orphaned", "was deleted", "error", 0),
]
changes = pytest.mark.parametrize(
    ("agent", "change", "status", "reason", "run_status", "asked"),
    CHANGES,
    ids=[f"{agent}-{change.__name__}" for agent, change, *_ in CHANGES],
)

AGENTS = {name: f"tests.shapes.{name}" for name in (*SHAPES, "acts_then_asks")}


@changes
def test_what_others_do_to_a_thread_is_seen_and_said(
    started: Started,
    drive: Drive,
    outside: Outside,
    agent: str,
    change: Change,
    status: str,
    reason: str,
    run_status: str,
    asked: int,
) -> None:
    run = started(agent)
    question = the_question(run)

    outside(run, change)
    run = look(run, drive)

    question.refresh_from_db()
    assert (question.status, run.status) == (status, run_status)
    assert reason in question.closed_reason
    assert run.interrupts.pending().count() == asked
    assert unexplained_runs(grace_seconds=0) == []


@changes
def test_what_is_no_longer_asked_can_no_longer_be_answered(
    started: Started,
    drive: Drive,
    outside: Outside,
    agent: str,
    change: Change,
    status: str,
    reason: str,
    run_status: str,
    asked: int,
) -> None:
    run = started(agent)
    question = the_question(run)
    outside(run, change)
    look(run, drive)

    with pytest.raises(Conflict):
        answer(question)
    question.refresh_from_db()
    with pytest.raises(Conflict):
        answer(question)

    assert Decision.objects.count() == 0


@changes
def test_an_answer_given_before_the_look_is_not_heard_by_the_changed_thread(
    started: Started,
    drive: Drive,
    outside: Outside,
    agent: str,
    change: Change,
    status: str,
    reason: str,
    run_status: str,
    asked: int,
) -> None:
    run = started(agent)
    question = the_question(run)

    outside(run, change)
    settled(run)
    answer(question, "ours")
    before = effects(run.thread_id)
    run = drive(run)
    for run_id in look_around().runs:
        run = drive(run_id)

    question.refresh_from_db()
    assert (question.status, run.status) == (status, run_status)
    assert Decision.objects.get().applied_at is None
    assert effects(run.thread_id) == before
    assert "ours" not in str(run.result)


def test_the_reason_is_shown_and_the_question_kept(
    started: Started, drive: Drive, outside: Outside, client: Client
) -> None:
    run = started("asks_once")
    question = run.interrupts.get()
    outside(run, deletes)
    look(run, drive)
    client.force_login(make_user("bob", "reviewers"))

    page = client.get(f"/interrupts/{question.pk}/").content.decode()
    api = client.get(f"/api/v1/interrupts/{question.pk}/").json()
    history = client.get(f"/runs/{run.pk}/").content.decode()

    assert "The thread of this run was deleted" in page
    assert api["status"] == "orphaned"
    assert api["closed_reason"].startswith("The thread of this run was deleted")
    assert api["request"] == {"question": "Go on with tea?"}
    assert "Go on with tea?" in history
    assert "The thread of this run was deleted" in history


def test_pruning_what_lies_behind_the_head_changes_nothing(
    started: Started, drive: Drive, outside: Outside
) -> None:
    run = started("asks_once")

    outside(run, prunes)

    assert look_around().runs == []
    answer(run.interrupts.get())
    assert drive(run).status == "success"


def test_nothing_is_done_again_from_an_older_checkpoint_until_somebody_says_so(
    started: Started, drive: Drive, outside: Outside
) -> None:
    run = started("acts_then_asks")
    outside(run, prunes_the_head)
    outside(run, prunes_what_was_done)
    run = look(run, drive)
    assert effects(run.thread_id) == [["act", "tea"]]

    retry_run(run.pk, actor=run.requested_by, via="page")
    run = drive(run)

    assert run.status == "interrupted"
    assert effects(run.thread_id) == [["act", "tea"], ["act", "tea"]]


# Threads that others are moving this moment


async def moves(graph: Any, config: Any) -> None:
    """What a pass leaves that died, or is still at work, in its first step."""
    await graph.aupdate_state(config, {"topic": "coffee"})
    async with graph.checkpointer.conn.connection() as database:
        await database.execute(
            'UPDATE checkpoints SET metadata = metadata || \'{"source": "loop"}\''
            " WHERE metadata ->> 'source' = 'update'"
        )


def test_a_thread_that_others_are_moving_is_left_to_them(
    started: Started, drive: Drive, outside: Outside
) -> None:
    run = started("asks_once")
    question = run.interrupts.get()
    outside(run, moves)

    run = look(run, drive, wait=False)

    question.refresh_from_db()
    assert (run.status, question.status) == ("interrupted", "pending")
    assert question.held_reason.startswith("Another program is moving this thread")
    with pytest.raises(Conflict):
        answer(question)


def test_an_answer_to_a_thread_that_others_are_moving_waits(
    started: Started, drive: Drive, outside: Outside
) -> None:
    run = started("asks_once")
    outside(run, moves)
    answer(run.interrupts.get())

    run = drive(run)

    assert (run.status, effects(run.thread_id)) == ("interrupted", [])
    assert run.interrupts.get().held_reason.startswith("Another program is moving this thread")
    assert unexplained_runs(grace_seconds=0) == []


def test_nothing_is_asked_again_in_a_thread_that_others_are_moving(
    started: Started, drive: Drive, outside: Outside
) -> None:
    run = started("acts_then_asks")
    outside(run, moves)
    look(run, drive, wait=False)

    retry_run(run.pk, actor=run.requested_by, via="page", reask=True)
    run = drive(run)

    assert (run.status, run.interrupts.get().status) == ("interrupted", "pending")
    assert effects(run.thread_id) == [["act", "tea"]]


def test_a_thread_that_others_were_moving_is_looked_at_until_it_stands(
    started: Started, drive: Drive, outside: Outside
) -> None:
    run = started("asks_once")
    outside(run, moves)
    look(run, drive, wait=False)

    outside(run, gives_input)
    run = look(run, drive, wait=False)

    assert [row.status for row in run.interrupts.order_by("id")] == ["superseded", "pending"]


def test_a_pass_that_has_been_silent_for_long_is_dead(
    started: Started, drive: Drive, outside: Outside
) -> None:
    run = started("asks_once")
    outside(run, moves)
    look(run, drive, wait=False)

    run = look(run, drive)

    assert [row.status for row in run.interrupts.order_by("id")] == ["superseded", "pending"]


def test_who_changes_a_state_is_given_a_moment_to_go_on_alone(
    started: Started, drive: Drive, outside: Outside
) -> None:
    run = started("asks_once")
    outside(run, updates)

    run = look(run, drive, wait=False)

    assert [(row.status, bool(row.held_reason)) for row in run.interrupts.all()] == [
        ("pending", True)
    ]


@pytest.mark.parametrize("is_answered", [False, True])
def test_a_starting_worker_releases_nothing_that_others_are_moving(
    started: Started, drive: Drive, outside: Outside, is_answered: bool
) -> None:
    run = started("asks_once")
    outside(run, updates)
    if is_answered:
        answer(run.interrupts.get())
        drive(run)
    else:
        look(run, drive, wait=False)
    rows, queued = list(run.interrupts.values()), jobs()

    publish(registry.load_all())

    assert (list(run.interrupts.values()), jobs()) == (rows, queued)


@pytest.mark.parametrize("agent", ["asks_three_at_once", "each_of_three"])
def test_what_was_decided_before_others_moved_the_thread_is_asked_anew_once_it_stands(
    started: Started, drive: Drive, outside: Outside, agent: str
) -> None:
    run = started(agent)
    for question in run.interrupts.all():
        answer(question, "ours")
    for _ in range(3):
        outside(run, updates)
        drive(run)
        look(run, drive, wait=False)

    run = look(run, drive)

    assert run.status == "interrupted"
    assert [row.status for row in run.interrupts.order_by("id")] == (
        ["superseded"] * 3 + ["pending"] * 3
    )
    assert not run.interrupts.exclude(held_reason="").exists()
    assert effects(run.thread_id) == []


def test_a_question_whose_thread_was_put_back_can_be_answered_again(
    started: Started, drive: Drive, outside: Outside
) -> None:
    run = started("asks_once")
    outside(run, updates)
    look(run, drive, wait=False)

    outside(run, prunes_the_head)
    run = look(run, drive)
    answer(run.interrupts.get())

    assert drive(run).result["topic"] == "tea"


# Looking


@pytest.mark.parametrize("agent", sorted((*AGENTS, "asks_once", "asks_twice")))
def test_a_thread_that_nobody_touched_does_not_look_changed(started: Started, agent: str) -> None:
    run = started(agent, input={"messages": [], "topic": "coffee"})

    assert run.interrupts.open().exists()
    assert look_around().runs == []


def test_a_question_that_was_asked_after_a_retry_does_not_look_changed(
    started: Started, drive: Drive
) -> None:
    run = started("asks_again_after_failing")
    FAILING.add(run.thread_id)
    answer(run.interrupts.get(), "one")
    run = drive(run)
    FAILING.discard(run.thread_id)
    retry_run(run.pk, actor=run.requested_by, via="page")
    drive(run)

    assert run.interrupts.pending().count() == 1
    assert look_around().runs == []


def test_what_was_seen_is_not_seen_again(started: Started, drive: Drive, outside: Outside) -> None:
    run = started("asks_once")
    outside(run, gives_input)
    look(run, drive)
    rows = list(Interrupt.objects.order_by("id").values())

    assert look_around().runs == []
    assert list(Interrupt.objects.order_by("id").values()) == rows


def test_looking_twice_before_a_worker_comes_queues_one_job(
    started: Started, outside: Outside
) -> None:
    run = started("asks_once")
    outside(run, gives_input)
    forget_jobs()

    found = [look_around().runs, look_around().runs]

    assert (found, jobs()) == ([[run.pk], []], [("approvals.drive", run.pk)])


def test_workers_look_every_ten_seconds(started: Started, outside: Outside) -> None:
    run = started("asks_once")
    outside(run, gives_input)
    forget_jobs()

    async_to_sync(tasks.look_at_threads.func)(0)

    assert jobs() == [("approvals.drive", run.pk)]
    assert app.periodic_registry.periodic_tasks["approvals.look", ""].cron == "* * * * * */10"


def test_two_who_look_at_once_queue_one_job(started: Started, outside: Outside) -> None:
    run = started("asks_once")
    outside(run, gives_input)
    forget_jobs()

    def look_and_leave() -> None:
        try:
            look_around()
        finally:
            connection.close()

    both = [threading.Thread(target=look_and_leave) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join()

    assert jobs() == [("approvals.drive", run.pk)]


def test_a_run_in_a_workers_hands_is_not_looked_at(started: Started, outside: Outside) -> None:
    run = started("asks_once")
    outside(run, gives_input)
    answer(run.interrupts.get())
    claim(run.pk)

    assert look_around().runs == []


@pytest.mark.parametrize(
    "taken",
    [{"status": "running"}, {"lease_token": UUID(int=7)}, {"intent": "cancel"}, {"intent": "look"}],
    ids=str,
)
def test_a_run_that_was_taken_since_it_was_compared_is_left_alone(
    started: Started, taken: dict[str, Any]
) -> None:
    run = started("asks_once")
    Run.objects.filter(pk=run.pk).update(**taken)

    assert have_looked_at([run.pk]) == []


def test_a_run_that_is_being_cancelled_is_not_looked_at(started: Started, outside: Outside) -> None:
    run = started("asks_twice")
    outside(run, resumes)
    cancel_run(run.pk, actor=run.requested_by, via="page")
    run.interrupts.update(status="pending")

    assert look_around().runs == []
    run.refresh_from_db()
    assert run.intent == "cancel"


def test_every_question_is_looked_at_slice_by_slice(started: Started, outside: Outside) -> None:
    runs = [started("asks_once") for _ in range(3)]
    for run in runs:
        outside(run, gives_input)

    first = look_at_slice(size=2)
    second = look_at_slice(size=2, after=first.after)

    assert (first.runs, second.runs) == ([runs[0].pk, runs[1].pk], [runs[2].pk])
    assert (first.after, second.after) == (runs[1].interrupts.get().pk, 0)


def the_question(run: Run) -> Interrupt:
    return run.interrupts.filter(node__in=("ask", "red", "step")).first() or run.interrupts.get()


def look(run: Run, drive: Drive, *, wait: bool = True) -> Run:
    """What workers do some seconds after the change: look, and drive what looks changed."""
    if wait:
        settled(run)
    found = look_around().runs
    assert found == [run.pk]
    return drive(run)


def settled(run: Run) -> None:
    """The thread was last written long ago."""
    with connection.cursor() as cursor:
        cursor.execute(
            'UPDATE checkpoints SET checkpoint = checkpoint || \'{"ts": "2001-01-01T00:00+00:00"}\''
            " WHERE thread_id = %s",
            [run.thread_id],
        )


def forget_jobs() -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs")
