"""What waits on an Agent Server gets into the queue, and leaves it when it waits no more."""

from __future__ import annotations

from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from croniter import croniter
from django.contrib.auth import authenticate
from django.core.management import CommandError, call_command
from procrastinate.contrib.django import app

from approvals import tasks
from approvals.models import Agent, AuditEntry, Interrupt, Run
from approvals.remote.recording import begin, known_runs
from approvals.services.decisions import present_state
from approvals.services.runs import retry_run
from tests.agents.remote.serving import HEADER, SECRET, AgentServer
from tests.approvals.conftest import answer
from tests.approvals.remote.conftest import Drive, Sync
from tests.factories import make_user

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

Connected = Callable[..., None]
Asked = Callable[..., Interrupt]


def test_a_thread_that_waits_becomes_a_run_with_its_question(
    connected: Connected, server: AgentServer, sync: Sync
) -> None:
    connected("asks_once")
    thread_id = server.paused("asks_once")

    assert (sync().found, Run.objects.count()) == (1, 1)
    run = Run.objects.get()
    question = run.interrupts.get()
    assert (run.agent_id, run.thread_id, run.status) == ("far", thread_id, "interrupted")
    assert run.input == {"topic": "tea"}
    assert (question.status, question.title) == ("pending", "Go on with tea?")
    assert question.state == {"topic": "tea", "answers": []}
    assert AuditEntry.objects.order_by("seq").values_list("action", flat=True)[0] == "run.found"


def test_looking_again_changes_nothing(question: Asked, sync: Sync) -> None:
    question("asks_once")
    before = [list(rows.values()) for rows in (Run.objects, Interrupt.objects)]

    synced = sync()

    assert (synced.found, synced.followed) == (0, 0)
    assert [list(rows.values()) for rows in (Run.objects, Interrupt.objects)] == before


def test_parallel_questions_are_all_found(
    connected: Connected, server: AgentServer, sync: Sync
) -> None:
    connected("asks_three")
    server.paused("asks_three")

    sync()

    assert {row.title for row in Run.objects.get().interrupts.all()} == {"red?", "green?", "blue?"}


def test_a_thread_that_failed_with_another_programs_answer_is_found(
    connected: Connected, server: AgentServer, sync: Sync
) -> None:
    connected("fails_unless_yes")
    thread_id = server.paused("fails_unless_yes")
    server.answer(thread_id, "fails_unless_yes", "no")
    assert server.status(thread_id) == "error"

    sync()

    assert Interrupt.objects.get().title == "Sure?"
    assert Run.objects.get().status == "interrupted"


def test_a_thread_that_failed_and_asks_nothing_is_left_alone(
    connected: Connected, server: AgentServer, sync: Sync
) -> None:
    connected("fails_at_once")
    thread_id = server.client.threads.create()["thread_id"]
    server.client.runs.wait(thread_id, "fails_at_once", input={}, raise_error=False)

    sync()

    assert Run.objects.count() == 0


def test_a_thread_that_failed_with_our_answer_is_not_begun_anew(
    question: Asked, drive: Drive, sync: Sync
) -> None:
    asked = question("fails_unless_yes")
    answer(asked, "no")
    run = drive(asked.run)

    sync()

    assert run.status == "error"
    assert (Run.objects.count(), Interrupt.objects.count()) == (1, 1)


def test_a_breakpoint_offers_what_can_be_done_from_outside(question: Asked) -> None:
    stopped = question("stops")

    assert stopped.dialect == "breakpoint"
    assert [action["allowed"] for action in stopped.actions] == [["approve", "reject"]]


def test_only_threads_of_the_graph_and_of_the_filter_are_found(
    connected: Connected, server: AgentServer, sync: Sync
) -> None:
    connected("asks_once", filter={"team": "ops"})
    server.paused("asks_once", metadata={"team": "sales"})
    server.paused("asks_twice", metadata={"team": "ops"})
    wanted = server.paused("asks_once", metadata={"team": "ops"})

    sync()

    assert [run.thread_id for run in Run.objects.all()] == [wanted]


def test_two_who_find_the_same_thread_begin_one_run(
    question: Asked, server: AgentServer, sync: Sync, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other one had not seen this one's run when it read what is known."""
    question("asks_once")
    seen: list[Any] = []
    monkeypatch.setattr("approvals.remote.recording.known_runs", lambda _: {})
    monkeypatch.setattr(
        "approvals.remote.recording.begin", lambda *what: seen.append(begin(*what)) or seen[-1]
    )

    assert sync().found == 0
    assert (seen, Run.objects.count()) == ([None], 1)


def test_what_was_found_was_asked_for_by_nobody_who_can_log_in(question: Asked) -> None:
    requester = question("asks_once").requested_by

    assert requester.username == "agent-server:far"
    assert (requester.is_active, requester.has_usable_password()) == (False, False)
    assert authenticate(username=requester.username, password="") is None


def test_a_question_answered_elsewhere_leaves_the_queue(
    question: Asked, server: AgentServer, sync: Sync
) -> None:
    asked = question("asks_once")
    server.answer(asked.run.thread_id, "asks_once", "theirs")

    assert sync().followed == 1
    asked.refresh_from_db()
    asked.run.refresh_from_db()
    assert (asked.status, asked.closed_reason) == (
        "superseded",
        "Another program answered this question.",
    )
    assert (asked.run.status, asked.run.result["answers"]) == ("success", ["theirs"])


def test_the_next_question_replaces_one_that_was_answered_elsewhere(
    question: Asked, server: AgentServer, sync: Sync
) -> None:
    asked = question("asks_twice")
    server.answer(asked.run.thread_id, "asks_twice", "theirs")

    sync()

    rows = Interrupt.objects.order_by("id").values_list("title", "status")
    assert list(rows) == [("first?", "superseded"), ("second?", "pending")]
    assert Run.objects.get().status == "interrupted"


def test_a_question_of_a_deleted_thread_leaves_the_queue(
    question: Asked, server: AgentServer, sync: Sync
) -> None:
    asked = question("asks_once")
    server.client.threads.delete(asked.run.thread_id)

    sync()

    asked.refresh_from_db()
    asked.run.refresh_from_db()
    assert (asked.status, asked.run.status) == ("orphaned", "error")
    assert asked.closed_reason


def test_a_question_whose_thread_was_emptied_leaves_the_queue(
    question: Asked, server: AgentServer, sync: Sync
) -> None:
    asked = question("asks_once")
    server.client.threads.update_state(asked.run.thread_id, None, as_node="__end__")

    sync()

    asked.refresh_from_db()
    assert (asked.status, asked.closed_reason) == (
        "superseded",
        "Another program changed the thread's state.",
    )


def test_an_answered_question_is_left_to_its_worker(
    question: Asked, server: AgentServer, sync: Sync
) -> None:
    asked = question("asks_once")
    answer(asked, "ours")
    server.answer(asked.run.thread_id, "asks_once", "theirs")

    assert sync().followed == 0
    assert present_state(Interrupt.objects.get())["status"] == "decided"


def test_what_was_seen_before_somebody_acted_is_not_recorded(
    question: Asked, server: AgentServer, sync: Sync, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when a worker recorded the next question after this one had looked."""
    asked = question("asks_once")
    known = known_runs("far")
    server.answer(asked.run.thread_id, "asks_once", "theirs")
    Run.objects.update(updated_at="2020-01-01T00:00:00Z")
    monkeypatch.setattr("approvals.remote.recording.known_runs", lambda _: known)

    assert sync().followed == 0
    asked.refresh_from_db()
    assert asked.status == "pending"


def test_the_server_tells_what_the_agent_is_like(connected: Connected, sync: Sync) -> None:
    connected("asks_once")

    sync()

    agent = Agent.objects.get()
    assert (agent.kind, agent.title) == ("remote", "Far")
    assert agent.drawing["nodes"] == ["__start__", "ask", "act", "__end__"]
    assert set(agent.input_schema["properties"]) == {"topic", "answers"}


def test_a_server_that_cannot_tell_what_an_agent_is_like_is_listened_to(
    connected: Connected, server: AgentServer, sync: Sync
) -> None:
    connected("says_who")
    server.paused("says_who")

    assert sync().found == 1
    assert Agent.objects.get().drawing["nodes"] == ["__start__", "say_who", "__end__"]


def test_what_the_server_told_outlives_a_restart_of_the_worker(
    connected: Connected, sync: Sync
) -> None:
    connected("asks_once")
    sync()
    before = Agent.objects.values("input_schema", "drawing", "description").get()

    connected("asks_once")

    assert Agent.objects.values("input_schema", "drawing", "description").get() == before


def test_a_server_that_is_away_changes_nothing(
    question: Asked, connected: Connected, sync: Sync
) -> None:
    asked = question("asks_once")
    connected("asks_once", url="http://127.0.0.1:1")

    synced = sync()

    assert "cannot be reached" in synced.problem
    asked.refresh_from_db()
    assert asked.status == "pending"


def test_a_gateway_without_its_server_closes_no_question(
    question: Asked, connected: Connected, sync: Sync, live_server: Any
) -> None:
    """It answers 404 to everything, as a deleted thread would, though not in the server's words."""
    asked = question("asks_once")
    connected("asks_once", url=f"{live_server.url}/nothing-here")

    assert "answered 404" in sync().problem
    asked.refresh_from_db()
    assert asked.status == "pending"


def test_a_server_that_comes_back_is_logged_once_each_way(
    connected: Connected, sync: Sync, caplog: pytest.LogCaptureFixture
) -> None:
    connected("asks_once", url="http://127.0.0.1:1")
    with caplog.at_level("INFO", logger="approvals"):
        sync()
        sync()
        connected("asks_once")
        sync()
        sync()

    told = [(record.levelname, record.message.partition(" (")[0]) for record in caplog.records]
    assert told == [
        ("WARNING", "The Agent Server of 'far' cannot be reached"),
        ("INFO", "The Agent Server of 'far' is back."),
    ]


def test_headers_are_in_no_table_and_no_log(
    question: Asked, sync: Sync, drive: Drive, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("DEBUG", logger="approvals"), caplog.at_level("INFO"):
        asked = question("asks_once")
        answer(asked, "yes")
        drive(asked.run)

    tables = [*Agent.objects.values(), *Run.objects.values(), *Interrupt.objects.values()]
    tables += AuditEntry.objects.values()
    assert SECRET not in repr(tables) + caplog.text
    assert HEADER not in repr(tables)


def test_workers_look_every_ten_seconds(
    connected: Connected, server: AgentServer, sync: Sync
) -> None:
    connected("asks_once")
    server.paused("asks_once")
    job = app.periodic_registry.periodic_tasks["approvals.remote", ""]
    ticks = croniter(job.cron, start_time=0)

    async_to_sync(tasks.sync_remote.func)(timestamp=0)

    assert [ticks.get_next() for _ in range(6)] == [10.0, 20.0, 30.0, 40.0, 50.0, 60.0]
    assert Run.objects.count() == 1


def test_the_command_says_what_it_found(connected: Connected, server: AgentServer) -> None:
    connected("asks_once")
    server.paused("asks_once")
    out = StringIO()

    call_command("sync_remote", stdout=out)

    assert out.getvalue() == "far: 1 found, 0 followed\n"


def test_the_command_fails_when_a_server_is_away(connected: Connected) -> None:
    connected("asks_once", url="http://127.0.0.1:1")

    with pytest.raises(CommandError, match="Not every Agent Server answered"):
        call_command("sync_remote", stdout=StringIO())


def test_a_run_whose_thread_stands_still_goes_on_when_retried(
    question: Asked, server: AgentServer, sync: Sync, drive: Drive
) -> None:
    asked = question("asks_once")
    thread_id = asked.run.thread_id
    server.client.threads.update_state(thread_id, {"topic": "milk"}, as_node="__start__")
    sync()
    run = Run.objects.get()
    assert (run.status, run.error["type"]) == ("error", "PausedWithoutQuestion")

    run = drive(retry_run(run.pk, actor=make_user("eve", "operators"), via="page"))

    assert run.status == "interrupted"
    assert run.interrupts.pending().get().title == "Go on with milk?"
