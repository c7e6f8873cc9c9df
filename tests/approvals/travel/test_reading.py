from __future__ import annotations

import asyncio
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from procrastinate.contrib.django import app

from agents import registry
from approvals import tasks
from approvals.driving.drive import Driver
from approvals.models import Checkpoint, Run, RunHistory
from approvals.services.history import Reading, reading_of, want_history
from approvals.services.runs import start_run
from approvals.travel import reading
from tests.approvals.conftest import answer, jobs
from tests.approvals.travel.test_forking import Drive, Read, Started

pytestmark = pytest.mark.django_db(transaction=True)

AGENTS = {
    "two_steps": "tests.approvals.travel.graphs.two_steps",
    "nests": "tests.approvals.travel.graphs.nests",
}


def told(found: list[Checkpoint]) -> list[tuple[str, list[str], list[str]]]:
    return [(one.source, one.steps, one.next) for one in found]


def test_a_worker_copies_what_each_step_left(started: Started, read: Read) -> None:
    run = started("two_steps")

    found = read(run)

    assert told(found) == [
        ("input", [], []),
        ("loop", [], ["first"]),
        ("loop", ["first"], ["second"]),
        ("loop", ["second"], []),
    ]
    assert [one.state["answers"] for one in found] == [
        [],
        [],
        ["first"],
        ["first", "second"],
    ]
    assert [one.before_id for one in found] == ["", *(one.checkpoint_id for one in found[:-1])]


def test_reading_twice_changes_nothing(started: Started, read: Read) -> None:
    run = started("two_steps")
    first = [vars(one) | {"_state": None} for one in read(run)]

    assert [vars(one) | {"_state": None} for one in read(run)] == first


def test_two_workers_read_at_once(started: Started) -> None:
    run = started("two_steps")

    async def both() -> None:
        drivers = [await Driver.open(concurrency=2) for _ in range(2)]
        await asyncio.gather(*(one.read_history(run.pk) for one in drivers))
        for one in drivers:
            await one.close()

    async_to_sync(both)()

    assert Checkpoint.objects.filter(run=run).count() == 4


def test_a_run_that_went_on_is_read_on(started: Started, drive: Drive, read: Read) -> None:
    run = started("asks_once")
    first = read(run)
    assert reading_of(run, RunHistory.objects.get()) is Reading.READ

    answer(run.interrupts.get(), "yes")
    run = drive(run)
    assert reading_of(run, RunHistory.objects.get()) is Reading.READING
    found = read(run)

    assert [one.pk for one in found[: len(first)]] == [one.pk for one in first]
    assert told(found)[len(first) :] == [("loop", ["ask"], ["act"]), ("loop", ["act"], [])]


def test_only_the_latest_states_are_read(
    started: Started, read: Read, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "LIMIT", 2)
    run = started("two_steps")

    found = read(run)

    assert [one.steps for one in found] == [["first"], ["second"]]
    assert RunHistory.objects.get().is_cut


def test_a_state_too_large_is_not_kept_twice(
    started: Started, read: Read, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "MAX_STATE", 40)
    run = started("two_steps")

    assert [one.state is None for one in read(run)] == [False, False, False, True]


def test_the_states_of_another_run_of_the_thread_are_not_this_ones(
    started: Started, read: Read
) -> None:
    first = started("two_steps", thread_id="talk")
    second = started("two_steps", thread_id="talk", input={"topic": "milk"})

    assert [one.state.get("topic") for one in read(first)] == [None, "tea", "tea", "tea"]
    assert [one.step for one in read(first)] == [-1, 0, 1, 2]
    assert [one.step for one in read(second)] == [3, 4, 5, 6]


def test_a_run_that_has_not_begun_has_nothing_of_its_threads_past(
    started: Started, read: Read
) -> None:
    first = started("two_steps", thread_id="talk")
    second = start_run(
        agent_key="two_steps",
        input={},
        requested_by=first.requested_by,
        via="api",
        thread_id="talk",
    )

    assert read(second) == []


def test_graphs_within_a_step_are_part_of_that_step(
    started: Started, drive: Drive, read: Read
) -> None:
    run = started("nests")
    answer(run.interrupts.get(), "yes")

    found = read(drive(run))

    assert [one.steps for one in found] == [[], [], ["inner"]]


def test_what_langvel_notes_for_itself_is_not_copied(started: Started, read: Read) -> None:
    order = {"order_id": "ORD-1", "amount": 15000, "customer_id": "C-1"}
    run = started("orders", input=order)

    found = read(run)

    assert all("_langvel" not in one.state for one in found)
    assert found[-1].state["order_id"] == "ORD-1"
    schema = RunHistory.objects.get().schema
    assert (list(schema["properties"]), schema["additionalProperties"]) == (list(order), False)


def test_reading_moves_nothing(started: Started, read: Read) -> None:
    run = started("asks_once")

    read(run)

    again = Run.objects.get(pk=run.pk)
    assert (again.updated_at, again.status, again.attempts) == (run.updated_at, "interrupted", 0)
    assert run.interrupts.get().status == "pending"


def test_code_that_cannot_be_loaded_is_said(started: Started, read: Read, settings: Any) -> None:
    run = started("two_steps")
    settings.LANGVEL_AGENTS = settings.LANGVEL_AGENTS | {"two_steps": "tests.graphs.gone"}
    registry.load.cache_clear()

    with pytest.raises(registry.BadAgentPath):
        read(run)

    history = RunHistory.objects.get()
    assert reading_of(run, history) is Reading.FAILED
    assert "two_steps" in history.problem


def test_the_job_reads_what_was_wanted(started: Started) -> None:
    run = started("two_steps")
    want_history(run)

    async def work() -> None:
        driver = await Driver.open(concurrency=2)
        tasks.use_driver(driver)
        await app.tasks["approvals.history"](run.pk)
        await driver.close()

    async_to_sync(work)()

    assert ("approvals.history", run.pk) in jobs()
    assert reading_of(run, want_history(run)) is Reading.READ
