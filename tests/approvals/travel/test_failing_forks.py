"""Forks that die half-way, are begun twice, or have nothing left to begin with."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import connection, connections

from agents import failpoints, registry
from approvals.audit.verify import verify
from approvals.exceptions import Forbidden, OwnRequest
from approvals.models import Run
from approvals.services.agents import publish
from approvals.services.forks import StepGone, fork_run
from approvals.services.runs import cancel_run, retry_run
from tests.approvals.conftest import answer, jobs
from tests.approvals.travel.conftest import before
from tests.approvals.travel.test_forking import Drive, Read, Started, fork
from tests.factories import make_user
from tests.graphs import FAILING, effects

pytestmark = pytest.mark.django_db(transaction=True)

AGENTS = {
    "two_steps": "tests.approvals.travel.graphs.two_steps",
    "stops_before": "tests.approvals.travel.graphs.stops_before",
    "deployed": "tests.deploys.before",
}


class Killed(BaseException):
    """Stands for a SIGKILL: nothing catches it but what is told to."""


@pytest.fixture
def dying(drive: Drive) -> Iterator[Callable[[Any, str], None]]:
    """`dying(run, "fork.planted")`: a worker that is killed at that moment, or whatever is done."""

    def die(work: Run | Callable[[], Any], moment: str) -> None:
        def trap(reached: str) -> None:
            if reached == moment:
                raise Killed

        failpoints.set_trap(trap)
        with pytest.raises(Killed):
            drive(work) if isinstance(work, Run) else work()
        failpoints.set_trap(None)

    yield die
    failpoints.set_trap(None)


def checkpoints(run: Run) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM checkpoints WHERE thread_id = %s", [run.thread_id])
        return cursor.fetchone()[0]


@pytest.mark.parametrize("moment", ["fork.inserted", "fork.woken"])
def test_a_site_that_dies_while_it_forks_leaves_nothing(
    started: Started, read: Read, dying: Any, moment: str
) -> None:
    run = started("two_steps")
    place = before(read(run), "second")
    record, queue = run.audit_entries.count(), jobs()

    dying(lambda: fork(run, place), moment)

    assert (Run.objects.count(), run.audit_entries.count(), jobs()) == (1, record, queue)


@pytest.mark.parametrize(
    "moment", ["drive.claimed", "saver.begun", "saver.stored", "fork.planted", "record.owned"]
)
def test_a_fork_whose_worker_dies_is_begun_once(
    started: Started, drive: Drive, read: Read, dying: Any, moment: str
) -> None:
    run = started("asks_once")
    again = fork(run, before(read(run), "ask"), topic="milk")

    dying(again, moment)
    again = drive(again)

    assert again.interrupts.get().title == "Go on with milk?"
    assert checkpoints(again) == 1
    answer(again.interrupts.get(), "yes")
    assert drive(again).result == {"topic": "milk", "answers": ["yes"]}


@pytest.mark.parametrize("moment", ["fork.planted", "record.owned"])
def test_a_step_before_which_the_worker_died_sees_the_change(
    started: Started, drive: Drive, read: Read, dying: Any, moment: str
) -> None:
    run = started("two_steps")
    again = fork(run, before(read(run), "second"), topic="milk", answers=[])

    dying(again, moment)
    again = drive(again)

    assert again.result == {"topic": "milk", "answers": ["second"]}
    assert effects(again.thread_id) == [["second", "milk"]]


def test_a_breakpoint_is_asked_by_whoever_comes_after_a_death(
    started: Started, drive: Drive, read: Read, dying: Any
) -> None:
    run = started("stops_before")
    again = fork(run, before(read(run), "second"))

    dying(again, "fork.planted")
    again = drive(again)

    assert again.interrupts.get().title == "Continue with second?"
    assert effects(again.thread_id) == []


def test_driving_a_fork_again_changes_nothing(started: Started, drive: Drive, read: Read) -> None:
    run = started("two_steps")
    again = drive(fork(run, before(read(run), "second")))

    drive(again)

    assert effects(again.thread_id) == [["second", "tea"]]
    assert Run.objects.get(pk=again.pk).updated_at == again.updated_at


def test_a_state_is_forked_twice_in_a_row(started: Started, drive: Drive, read: Read) -> None:
    run = started("two_steps")
    place = before(read(run), "second")

    forks = [drive(fork(run, place, topic=topic)) for topic in ("milk", "water")]

    assert [one.result["topic"] for one in forks] == ["milk", "water"]
    assert forks[0].thread_id != forks[1].thread_id


def test_two_people_fork_at_once(started: Started, drive: Drive, read: Read) -> None:
    run = started("two_steps")
    place = before(read(run), "second")
    make_user("olga", "operators")
    ready = Barrier(2)

    def act(topic: str) -> Run:
        try:
            ready.wait()
            return fork(run, place, topic=topic)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        forks = list(pool.map(act, ["milk", "water"]))

    assert [drive(one).result["topic"] for one in forks] == ["milk", "water"]
    noted = run.audit_entries.filter(action="run.forked").order_by("seq")
    assert {entry.data["child"] for entry in noted} == {one.pk for one in forks}
    assert [entry.seq for entry in noted] == [3, 4]
    assert not list(verify().problems)


def test_a_state_deleted_meanwhile_fails_the_fork_and_says_so(
    started: Started, drive: Drive, read: Read
) -> None:
    run = started("two_steps")
    again = fork(run, before(read(run), "second"))
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM checkpoints WHERE thread_id = %s", [run.thread_id])

    again = drive(again)

    assert (again.status, again.error["type"]) == ("error", "CheckpointGone")
    assert "no longer stored" in again.error["message"]
    assert effects(again.thread_id) == []


def test_a_fork_that_found_no_step_is_retried_with_the_code_back(
    started: Started, drive: Drive, read: Read, settings: Any
) -> None:
    run = started("deployed")
    place = before(read(run), "ask")
    again = fork(run, place)
    deploy(settings, "renamed")

    again = drive(again)
    assert (again.status, again.error["type"]) == ("error", "StepGone")
    assert "“ask”" in again.error["message"]
    with pytest.raises(StepGone):
        fork(run, place)

    deploy(settings, "before")
    retry_run(again.pk, actor=again.requested_by, via="page")
    assert drive(again).interrupts.get().title == "Pay?"


def test_a_state_read_after_the_step_was_renamed_still_names_it(
    started: Started, read: Read, settings: Any
) -> None:
    run = started("deployed")
    deploy(settings, "renamed")

    with pytest.raises(StepGone):
        fork(run, before(read(run), "ask"))


def test_a_value_the_graph_cannot_take_fails_the_fork(
    started: Started, drive: Drive, read: Read
) -> None:
    run = started("two_steps")
    again = fork(run, before(read(run), "second"))
    Run.objects.filter(pk=again.pk).update(fork_values={"topic": {"not": "text"}})

    again = drive(again)

    assert (again.status, again.error["type"]) == ("error", "ValidationError")
    assert checkpoints(again) == 0


def test_a_fork_cancelled_before_it_began_runs_nothing(
    started: Started, drive: Drive, read: Read
) -> None:
    run = started("two_steps")
    again = fork(run, before(read(run), "second"))

    cancel_run(again.pk, actor=again.requested_by, via="page")

    assert drive(again).status == "cancelled"
    assert (effects(again.thread_id), checkpoints(again)) == ([], 0)


def test_a_cancelled_run_is_forked_from_before_it_was_cancelled(
    started: Started, drive: Drive, read: Read
) -> None:
    run = started("asks_once")
    cancel_run(run.pk, actor=run.requested_by, via="page")
    run = drive(run)

    assert drive(fork(run, before(read(run), "ask"))).interrupts.get().status == "pending"


def test_a_step_that_failed_after_its_answer_asks_anew_in_a_fork(
    started: Started, drive: Drive, read: Read
) -> None:
    run = started("fails_after_answer")
    FAILING.add(run.thread_id)
    answer(run.interrupts.get(), "approve")
    run = drive(run)

    again = drive(fork(run, before(read(run), "ask")))

    answer(again.interrupts.get(), "reject")
    assert drive(again).result["answers"] == ["reject"]
    assert Run.objects.get(pk=run.pk).status == "error"
    assert run.interrupts.get().status == "decided"


def test_an_agent_that_moved_to_a_server_is_not_forked(
    started: Started, drive: Drive, read: Read, settings: Any
) -> None:
    run = started("two_steps")
    again = fork(run, before(read(run), "second"))
    remote = {"url": "http://127.0.0.1:9", "assistant": "two_steps"}
    settings.LANGVEL_AGENTS = settings.LANGVEL_AGENTS | {"two_steps": remote}
    registry.load.cache_clear()

    again = drive(again)

    assert (again.status, again.error["type"]) == ("error", "CannotFork")


def test_a_right_lost_since_it_was_looked_up_is_no_right(started: Started, read: Read) -> None:
    run = started("two_steps")
    place = before(read(run), "second")
    olga = make_user("olga", "operators")
    assert olga.has_perm("approvals.fork_run")
    make_user("olga", "reviewers")

    with pytest.raises(Forbidden):
        fork_run(run.pk, place.checkpoint_id, actor=olga, via="page")


@pytest.mark.parametrize("name", ["alice", "olga"])
def test_nobody_who_asked_for_a_run_or_its_fork_decides_in_the_fork(
    started: Started, drive: Drive, read: Read, name: str
) -> None:
    run = started("asks_once")
    child = drive(fork(run, before(read(run), "ask")))
    grandchild = drive(fork(child, read(child)[0]))
    asker = make_user(name, "reviewers")

    with pytest.raises(OwnRequest):
        answer(grandchild.interrupts.get(), actor=asker)


def test_somebody_else_decides_in_the_fork(started: Started, drive: Drive, read: Read) -> None:
    run = started("asks_once")
    again = drive(fork(run, before(read(run), "ask")))

    answer(again.interrupts.get(), "yes", actor=make_user("bob", "reviewers"))

    assert drive(again).status == "success"


def deploy(settings: Any, version: str) -> None:
    """Workers start with other code."""
    settings.LANGVEL_AGENTS = settings.LANGVEL_AGENTS | {"deployed": f"tests.deploys.{version}"}
    registry.load.cache_clear()
    publish(registry.load_all())
