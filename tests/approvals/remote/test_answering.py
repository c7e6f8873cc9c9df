"""Answers given here reach threads of an Agent Server, once, whatever happens on the way."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from agents.remote import thread as thread_module
from approvals import outcomes
from approvals.driving.reconcile import unexplained_runs
from approvals.models import Interrupt, Run
from approvals.services.runs import cancel_run, retry_run, start_run
from tests.agents.remote.serving import AgentServer, wait_for
from tests.approvals.conftest import answer, jobs
from tests.approvals.remote.conftest import Drive, Sync
from tests.factories import PASSWORD, make_user

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

Connected = Callable[..., None]
Asked = Callable[..., Interrupt]


def test_an_answer_reaches_the_thread(question: Asked, server: AgentServer, drive: Drive) -> None:
    asked = question("asks_once")

    answer(asked, {"go": True})
    run = drive(asked.run)

    assert (run.status, run.result["answers"]) == ("success", [{"go": True}])
    assert server.effects(run.thread_id) == [[{"go": True}]]
    assert run.interrupts.get().status == "applied"


def test_a_rejected_breakpoint_cancels_the_run(
    question: Asked, server: AgentServer, drive: Drive
) -> None:
    asked = question("stops")

    answer(asked, decisions=[{"type": "reject"}])
    run = drive(asked.run)

    assert run.status == "cancelled"
    assert server.status(run.thread_id) == "idle"
    assert server.effects(run.thread_id) == []


def test_an_approved_breakpoint_goes_on(question: Asked, server: AgentServer, drive: Drive) -> None:
    asked = question("stops")

    answer(asked, decisions=[{"type": "approve"}])
    run = drive(asked.run)

    assert (run.status, server.effects(run.thread_id)) == ("success", [[]])


def test_the_second_question_is_asked_after_the_first(question: Asked, drive: Drive) -> None:
    asked = question("asks_twice")

    answer(asked, "one")
    run = drive(asked.run)
    answer(run.interrupts.pending().get(), "two")
    run = drive(run)

    assert (run.status, run.result["answers"]) == ("success", ["one", "two"])


def test_parallel_questions_are_carried_together(
    connected: Connected, server: AgentServer, sync: Sync, drive: Drive
) -> None:
    connected("asks_three")
    thread_id = server.paused("asks_three")
    sync()
    run = Run.objects.get()

    for row in run.interrupts.all():
        assert drive(run).status == "interrupted"
        answer(row, row.title)
    run = drive(run)

    assert run.status == "success"
    assert [sorted(done) for done in server.effects(thread_id)] == [
        ["blue=blue?", "green=green?", "red=red?"]
    ]


def test_a_thread_in_error_is_answered(
    connected: Connected, server: AgentServer, sync: Sync, drive: Drive
) -> None:
    connected("fails_unless_yes")
    thread_id = server.paused("fails_unless_yes")
    server.answer(thread_id, "fails_unless_yes", "no")
    sync()

    answer(Interrupt.objects.get(), "yes")
    run = drive(Run.objects.get())

    assert (run.status, run.result["answers"]) == ("success", ["yes"])
    assert server.status(thread_id) == "idle"


def test_a_step_that_fails_with_the_answer_can_ask_again(question: Asked, drive: Drive) -> None:
    asked = question("fails_unless_yes")
    answer(asked, "no")
    run = drive(asked.run)
    assert (run.status, run.error["message"]) == ("error", "the bank is closed")

    retry_run(run.pk, actor=make_user("eve", "operators"), via="page", reask=True)
    run = drive(run)
    answer(run.interrupts.pending().get(), "yes")
    run = drive(run)

    assert (run.status, run.result["answers"]) == ("success", ["yes"])


def test_a_cancelled_run_leaves_its_thread_empty(
    question: Asked, server: AgentServer, drive: Drive, sync: Sync
) -> None:
    asked = question("asks_once")

    cancel_run(asked.run_id, actor=make_user("eve", "operators"), via="page")
    run = drive(asked.run)

    assert run.status == "cancelled"
    assert server.client.threads.get_state(run.thread_id)["next"] == []
    assert (sync().found, Run.objects.count()) == (0, 1)


def test_a_run_may_be_started_here(connected: Connected, server: AgentServer, drive: Drive) -> None:
    connected("asks_once", filter={"team": "ops"})
    alice = make_user("alice", "requesters")
    run = start_run(agent_key="far", input={"topic": "milk"}, requested_by=alice, via="api")

    run = drive(run)
    answer(run.interrupts.get(), "yes")
    run = drive(run)

    assert (run.status, server.effects(run.thread_id)) == ("success", [["yes"]])
    metadata = server.client.threads.get(run.thread_id)["metadata"]
    assert (metadata["team"], metadata["graph_id"]) == ("ops", "asks_once")


def test_a_run_that_was_started_here_is_not_found_again(
    connected: Connected, drive: Drive, sync: Sync
) -> None:
    connected("asks_once")
    alice = make_user("alice", "requesters")
    drive(start_run(agent_key="far", input={"topic": "milk"}, requested_by=alice, via="api"))

    synced = sync()

    assert (synced.found, synced.followed) == (0, 0)
    assert (Run.objects.count(), Interrupt.objects.count()) == (1, 1)


def test_the_api_starts_a_run_there(connected: Connected, client: Client, sync: Sync) -> None:
    connected("asks_once")
    sync()
    make_user("alice", "requesters")
    client.login(username="alice", password=PASSWORD)

    response = client.post(
        "/api/v1/runs/",
        {"agent": "far", "input": {"topic": "milk"}},
        content_type="application/json",
    )

    assert response.status_code == 201
    assert jobs()[-1] == ("approvals.drive", response.json()["id"])


def test_a_busy_thread_is_answered_when_it_is_free(
    question: Asked, server: AgentServer, drive: Drive
) -> None:
    asked = question("takes_long")
    thread_id = asked.run.thread_id
    [waiting] = server.client.threads.get_state(thread_id)["interrupts"]
    answer(asked, "ours")
    resume = {waiting["id"]: "theirs"}
    server.client.runs.create(thread_id, "takes_long", command={"resume": resume})

    run = drive(asked.run)
    assert (run.status, run.attempts, run.lease_token) == ("running", 0, None)
    server.let_end(thread_id)
    wait_for(lambda: server.status(thread_id) == "idle")
    run = drive(run)

    assert (run.status, server.effects(thread_id)) == ("success", [["theirs"]])
    asked.refresh_from_db()
    assert asked.status == "superseded"


def test_a_run_that_takes_long_is_looked_at_again_and_not_answered_twice(
    question: Asked, server: AgentServer, drive: Drive, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(thread_module, "WAIT_SECONDS", 0.2)
    asked = question("takes_long")
    thread_id = asked.run.thread_id
    answer(asked, "ours")

    for _ in range(7):
        run = drive(asked.run)
        assert (run.status, run.attempts) == ("running", 0)
    server.let_end(thread_id)
    wait_for(lambda: server.status(thread_id) == "idle")
    run = drive(run)

    assert (run.status, server.effects(thread_id)) == ("success", [["ours"]])
    asked.refresh_from_db()
    assert asked.status == "applied"


def test_a_run_that_is_at_work_is_stopped_when_it_is_cancelled(
    question: Asked, server: AgentServer, drive: Drive, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(thread_module, "WAIT_SECONDS", 0.2)
    asked = question("takes_long")
    answer(asked, "ours")
    drive(asked.run)

    cancel_run(asked.run_id, actor=make_user("eve", "operators"), via="page")
    run = drive(asked.run)

    assert (run.status, server.status(run.thread_id)) == ("cancelled", "idle")
    assert server.effects(run.thread_id) == []


def test_a_worker_that_dies_after_the_answer_does_not_give_it_again(
    question: Asked, server: AgentServer, drive: Drive, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It carried the answer to the server and died before it could write that down."""
    asked = question("asks_once")
    answer(asked, "ours")

    class Died(BaseException):
        pass

    def die(*_: Any, **__: Any) -> None:
        raise Died

    with monkeypatch.context() as patch, pytest.raises(Died):
        patch.setattr(outcomes, "record", die)
        drive(asked.run)
    run = drive(asked.run)

    assert (run.status, server.effects(run.thread_id)) == ("success", [["ours"]])
    asked.refresh_from_db()
    assert asked.status == "applied"


def test_a_worker_that_dies_between_two_questions_does_not_answer_the_second(
    question: Asked, drive: Drive, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = question("asks_twice")
    answer(asked, "ours")

    class Died(BaseException):
        pass

    def die(*_: Any, **__: Any) -> None:
        raise Died

    with monkeypatch.context() as patch, pytest.raises(Died):
        patch.setattr(outcomes, "record", die)
        drive(asked.run)
    run = drive(asked.run)

    rows = run.interrupts.order_by("id").values_list("title", "status")
    assert list(rows) == [("first?", "applied"), ("second?", "pending")]


def test_nothing_is_lost_while_the_server_is_down(
    question: Asked, connected: Connected, server: AgentServer, drive: Drive, sync: Sync
) -> None:
    asked = question("asks_once")
    connected("asks_once", url="http://127.0.0.1:1")
    assert sync().problem

    answer(asked, "ours")
    for _ in range(7):
        run = drive(asked.run)
        assert (run.status, run.attempts) == ("running", 0)
    assert ("approvals.drive", run.pk) in jobs()
    assert unexplained_runs(grace_seconds=0) == []
    connected("asks_once")
    run = drive(run)

    assert (run.status, server.effects(run.thread_id)) == ("success", [["ours"]])


def test_a_gateway_without_its_server_ends_no_run(
    question: Asked, connected: Connected, server: AgentServer, drive: Drive, live_server: Any
) -> None:
    """It answers 404 to everything, as a server does for a deleted thread, though in other words."""
    asked = question("asks_once")
    answer(asked, "ours")
    connected("asks_once", url=f"{live_server.url}/nothing-here")
    assert drive(asked.run).status == "running"

    connected("asks_once")
    run = drive(asked.run)

    assert (run.status, server.effects(run.thread_id)) == ("success", [["ours"]])


def test_a_wrong_header_loses_nothing(
    question: Asked, connected: Connected, drive: Drive, server: AgentServer
) -> None:
    asked = question("asks_once")
    answer(asked, "ours")
    connected("asks_once", headers={"x-team-key": "wrong"})
    assert drive(asked.run).status == "running"

    connected("asks_once")
    run = drive(asked.run)

    assert (run.status, server.effects(run.thread_id)) == ("success", [["ours"]])
