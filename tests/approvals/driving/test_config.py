"""What the first call was given reaches every step of every later pass, whoever makes it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from approvals.models import Run
from approvals.services.runs import cancel_run, retry_run
from tests.approvals.conftest import answer
from tests.approvals.driving.test_killed_worker import drive_and_die, drive_what_reconcile_finds
from tests.graphs import FAILING, effects

pytestmark = pytest.mark.django_db(transaction=True)

AGENTS = {name: f"tests.shapes.{name}" for name in ("tells_what_it_was_given", "three_deep")}

CONFIG = {
    "configurable": {"tenant": "acme"},
    "context": {"region": "eu"},
    "tags": ["urgent"],
    "metadata": {"order": 7},
    "recursion_limit": 17,
}
TOLD = {"tenant": "acme", "region": "eu", "tags": ["urgent"], "order": 7, "limit": 17}
STEPS = ["outer_sync", "outer_async", "inner_sync", "inner_async"]

Started = Callable[..., Run]
Drive = Callable[[Run | int], Run]


def test_every_step_of_every_pass_is_given_what_the_first_was(
    started: Started, drive: Drive
) -> None:
    run = started("tells_what_it_was_given", config=CONFIG)

    for _ in STEPS:
        answer(run.interrupts.pending().get())
        run = drive(run)

    assert run.status == "success"
    assert told_by_all(run) == TOLD
    assert steps_of(run) == STEPS


@pytest.mark.parametrize("steps_before", range(4))
def test_a_worker_that_takes_over_gives_it_too(
    started: Started, drive: Drive, steps_before: int
) -> None:
    run = started("tells_what_it_was_given", config=CONFIG)
    for _ in range(steps_before):
        answer(run.interrupts.pending().get())
        run = drive(run)
    answer(run.interrupts.pending().get())

    drive_and_die(run, ("write", 0, "before"))
    drive_what_reconcile_finds(drive)
    run.refresh_from_db()

    assert told_by_all(run) == TOLD
    assert run.interrupts.filter(status="applied").count() == steps_before + 1


@pytest.mark.parametrize("reask", [False, True])
@pytest.mark.parametrize("steps_before", range(4))
def test_a_retry_and_a_question_asked_again_give_it_too(
    started: Started, drive: Drive, steps_before: int, reask: bool
) -> None:
    run = started("tells_what_it_was_given", config=CONFIG)
    for _ in range(steps_before):
        answer(run.interrupts.pending().get())
        run = drive(run)
    FAILING.add(run.thread_id)
    answer(run.interrupts.pending().get())
    assert drive(run).status == "error"
    FAILING.discard(run.thread_id)

    retry_run(run.pk, actor=run.requested_by, via="page", reask=reask)
    run = drive(run)
    if reask:
        answer(run.interrupts.pending().get())
        run = drive(run)

    assert told_by_all(run) == TOLD
    assert run.interrupts.filter(status="applied").count() == steps_before + 1


def test_a_cancelled_thread_has_nothing_left_to_do_nor_to_ask_in_any_graph_within(
    started: Started, drive: Drive, outside: Any
) -> None:
    run = started("three_deep")
    left: dict[str, Any] = {}

    async def look(graph: Any, config: Any) -> None:
        root = await graph.aget_state(config, subgraphs=True)
        left.update(next=root.next, tasks=root.tasks, interrupts=root.interrupts)

    cancel_run(run.pk, actor=run.requested_by, via="page")
    run = drive(run)
    outside(run, look)

    assert run.status == "cancelled"
    assert left == {"next": (), "tasks": (), "interrupts": ()}


def told_by_all(run: Run) -> dict[str, Any]:
    """What each step said it was given, when all said the same."""
    told = [{key: one[key] for key in TOLD} for one in effects(run.thread_id)]
    assert all(one == told[0] for one in told)
    return told[0]


def steps_of(run: Run) -> list[str]:
    return list(dict.fromkeys(one["step"] for one in effects(run.thread_id)))
