from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from approvals.models import Checkpoint, Run
from approvals.services.forks import fork_run
from tests.approvals.conftest import answer, jobs
from tests.approvals.travel.conftest import before
from tests.factories import make_user
from tests.graphs import effects

pytestmark = pytest.mark.django_db(transaction=True)

AGENTS = {
    "two_steps": "tests.approvals.travel.graphs.two_steps",
    "branches": "tests.approvals.travel.graphs.branches",
    "keeps_deltas": "tests.approvals.travel.graphs.keeps_deltas",
    "stops_before": "tests.approvals.travel.graphs.stops_before",
    "stops_after": "tests.approvals.travel.graphs.stops_after",
    "function": "tests.approvals.travel.graphs.function",
    "nests": "tests.approvals.travel.graphs.nests",
}

Started = Callable[..., Run]
Drive = Callable[[Run | int], Run]
Read = Callable[[Run], list[Checkpoint]]


def entries_of(run: Run) -> list[dict[str, Any]]:
    return list(run.audit_entries.order_by("seq").values())


def fork(run: Run, checkpoint: Checkpoint, **values: Any) -> Run:
    """As olga, who operates the site."""
    olga = make_user("olga", "operators")
    return fork_run(run.pk, checkpoint.checkpoint_id, actor=olga, via="page", values=values)


def test_a_fork_from_the_start_does_everything_again(
    started: Started, drive: Drive, read: Read
) -> None:
    run = started("never_asks")

    again = drive(fork(run, read(run)[0]))

    assert (again.status, again.result) == ("success", run.result)
    assert effects(run.thread_id) == effects(again.thread_id) == ["tea"]


def test_a_fork_from_the_start_can_be_given_another_input(
    started: Started, drive: Drive, read: Read
) -> None:
    run = started("never_asks")

    again = drive(fork(run, read(run)[0], topic="milk"))

    assert (again.input, effects(again.thread_id)) == ({"topic": "milk"}, ["milk"])


def test_a_fork_from_mid_way_goes_on_with_what_was_changed(
    started: Started, drive: Drive, read: Read
) -> None:
    run = started("two_steps")

    again = drive(fork(run, before(read(run), "second"), topic="milk"))

    assert effects(run.thread_id) == [["first", "tea"], ["second", "tea"]]
    assert effects(again.thread_id) == [["second", "milk"]]
    assert again.result == {"topic": "milk", "answers": ["first", "second"]}


def test_a_list_that_is_added_to_is_replaced_by_a_change(
    started: Started, drive: Drive, read: Read
) -> None:
    run = started("two_steps")

    again = drive(fork(run, before(read(run), "second"), answers=["other"]))

    assert again.result["answers"] == ["other", "second"]


def test_a_field_nobody_had_written_can_be_given_a_value(
    started: Started, drive: Drive, read: Read
) -> None:
    run = started("two_steps", input={})

    again = drive(fork(run, before(read(run), "second"), topic="milk"))

    assert again.result["topic"] == "milk"


def test_a_gate_that_was_decided_asks_anew_in_the_fork_alone(
    started: Started, drive: Drive, read: Read
) -> None:
    run = started("asks_once")
    answer(run.interrupts.get(), "yes")
    run = drive(run)
    record = list(run.interrupts.order_by("pk").values()), entries_of(run)

    again = drive(fork(run, before(read(run), "ask")))

    asked = again.interrupts.get()
    assert (again.status, asked.status, asked.title) == (
        "interrupted",
        "pending",
        "Go on with tea?",
    )
    assert (list(run.interrupts.order_by("pk").values()), entries_of(run)[:-1]) == record
    answer(asked, "no")
    assert drive(again).result["answers"] == ["no"]
    assert Run.objects.get(pk=run.pk).result["answers"] == ["yes"]
    assert (effects(run.thread_id), effects(again.thread_id)) == ([["yes"]], [["no"]])


def test_a_question_that_waits_can_still_be_answered_after_a_fork(
    started: Started, drive: Drive, read: Read
) -> None:
    run = started("asks_once")
    question = run.interrupts.get()

    again = drive(fork(run, before(read(run), "ask")))
    answer(question, "yes")

    assert drive(run).result["answers"] == ["yes"]
    assert again.interrupts.get().status == "pending"


def test_every_step_beside_the_one_that_asked_runs_again(
    started: Started, drive: Drive, read: Read
) -> None:
    run = started("branches")

    again = drive(fork(run, before(read(run), "left"), topic="milk"))

    assert effects(again.thread_id) == [["left", "milk"]]
    answer(again.interrupts.get(), "yes")
    assert drive(again).result["answers"] == ["left", "yes"]


def test_a_list_stored_as_what_was_added_comes_along_whole(
    started: Started, drive: Drive, read: Read
) -> None:
    run = started("keeps_deltas")

    again = drive(fork(run, before(read(run), "third")))

    assert again.result["said"] == run.result["said"] == ["first", "second", "third"]


@pytest.mark.parametrize("agent", ["stops_before", "stops_after"])
def test_a_breakpoint_that_was_passed_is_asked_in_the_fork(
    started: Started, drive: Drive, read: Read, agent: str
) -> None:
    run = started(agent)
    question = run.interrupts.get()
    answer(question, decisions=[{"type": "approve"}])
    run = drive(run)
    place = next(one for one in read(run) if one.checkpoint_id == question.checkpoint_id)

    again = drive(fork(run, place))

    assert again.interrupts.get().status == "pending"
    assert ["second", "tea"] not in effects(again.thread_id)
    answer(again.interrupts.get(), decisions=[{"type": "approve"}])
    assert drive(again).status == "success"


def test_what_was_changed_at_a_breakpoint_is_part_of_the_state(
    started: Started, drive: Drive, read: Read
) -> None:
    run = started("stops_before")
    question = run.interrupts.get()
    edited = question.actions[0]["args"] | {"topic": "milk"}
    answer(question, decisions=[{"type": "edit", "args": edited}])
    run = drive(run)
    place = before(read(run), "second")

    again = drive(fork(run, place))

    assert place.state["topic"] == "milk"
    assert again.interrupts.get().actions[0]["args"]["topic"] == "milk"


def test_a_graph_within_a_step_begins_anew(started: Started, drive: Drive, read: Read) -> None:
    run = started("nests")
    answer(run.interrupts.get(), "yes")
    run = drive(run)

    again = drive(fork(run, before(read(run), "inner")))

    assert again.interrupts.get().title == "Inside?"
    answer(again.interrupts.get(), "no")
    assert drive(again).result["answers"] == ["no"]


def test_a_function_is_forked_with_another_input(
    started: Started, drive: Drive, read: Read
) -> None:
    run = started("function")
    answer(run.interrupts.get(), "yes")
    run = drive(run)

    again = drive(fork(run, read(run)[0], topic="milk"))

    assert again.interrupts.get().title == "milk?"
    answer(again.interrupts.get(), "no")
    assert drive(again).result == {"topic": "milk", "answer": "no"}


def test_an_agent_of_langvel_asks_about_what_was_changed(
    started: Started, drive: Drive, read: Read
) -> None:
    order = {"order_id": "ORD-1", "amount": 15000, "customer_id": "C-1"}
    run = started("orders", input=order)

    again = drive(fork(run, before(read(run), "check_risk_level"), amount=20000))

    assert again.interrupts.get().title == "Process order ORD-1 for 20,000.00"


def test_a_fork_is_forked(started: Started, drive: Drive, read: Read) -> None:
    run = started("two_steps")
    first = drive(fork(run, before(read(run), "second"), topic="milk"))

    second = drive(fork(first, read(first)[0]))

    assert (second.parent_id, effects(second.thread_id)) == (first.pk, [["second", "milk"]])
    assert second.result == first.result


def test_a_second_run_of_a_thread_is_forked_with_what_the_first_left_there(
    started: Started, drive: Drive, read: Read
) -> None:
    started("never_asks", thread_id="talk-of-a-fork")
    run = started("never_asks", thread_id="talk-of-a-fork", input={"topic": "milk"})

    found = read(run)
    again = drive(fork(run, found[0], topic="water"))

    assert found[0].source == "input"
    assert again.result == {"topic": "water", "answers": ["done", "done"]}


def test_a_fork_belongs_to_whoever_forked(started: Started, read: Read) -> None:
    run = started("never_asks", metadata={"ticket": 7}, config={"tags": ["x"]})
    place = read(run)[0]

    again = fork(run, place)

    assert (again.parent_id, again.parent_checkpoint_id) == (run.pk, place.checkpoint_id)
    assert (again.requested_by.username, again.metadata, again.config) == (
        "olga",
        {"ticket": 7},
        {"tags": ["x"]},
    )
    assert again.thread_id != run.thread_id
    assert jobs()[-1] == ("approvals.drive", again.pk)
