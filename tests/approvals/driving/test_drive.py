from __future__ import annotations

from collections.abc import Callable

import pytest

from approvals.models import Decision, Interrupt, Run
from approvals.services.runs import cancel_run, retry_run, start_run
from tests.approvals.conftest import answer
from tests.factories import make_user
from tests.graphs import FAILING, effects

pytestmark = pytest.mark.django_db(transaction=True)

Started = Callable[..., Run]
Drive = Callable[[Run | int], Run]


def test_a_pause_becomes_a_question(started: Started) -> None:
    run = started("asks_once")

    question = run.interrupts.get()
    assert run.status == "interrupted"
    assert (question.status, question.dialect, question.node) == ("pending", "plain", "ask")
    assert question.title == "Go on with tea?"
    assert question.request == {"question": "Go on with tea?"}
    assert question.state == {"topic": "tea", "answers": []}


def test_an_answer_reaches_the_graph(started: Started, drive: Drive) -> None:
    run = started("asks_once")

    answer(run.interrupts.get(), {"go": True})
    run = drive(run)

    assert (run.status, run.result["answers"]) == ("success", [{"go": True}])
    assert effects(run.thread_id) == [[{"go": True}]]


def test_an_answered_question_is_applied(started: Started, drive: Drive) -> None:
    run = started("asks_once")

    answer(run.interrupts.get())
    drive(run)

    assert run.interrupts.get().status == "applied"
    assert Decision.objects.get().applied_at is not None


def test_a_run_that_asks_nothing_finishes(started: Started) -> None:
    run = started("never_asks")

    assert (run.status, run.result["answers"]) == ("success", ["done"])
    assert run.finished_at is not None


def test_driving_a_waiting_run_again_changes_nothing(started: Started, drive: Drive) -> None:
    run = started("asks_once")
    before = list(Interrupt.objects.values())

    again = drive(run)

    assert (again.updated_at, list(Interrupt.objects.values())) == (run.updated_at, before)


def test_driving_a_finished_run_again_changes_nothing(started: Started, drive: Drive) -> None:
    run = started("never_asks")

    again = drive(run)

    assert again.updated_at == run.updated_at
    assert effects(run.thread_id) == ["tea"]


def test_the_second_question_of_a_node_is_asked_after_the_first(
    started: Started, drive: Drive
) -> None:
    run = started("asks_twice")
    answer(run.interrupts.pending().get(), "one")

    run = drive(run)
    second = run.interrupts.pending().get()
    answer(second, "two")
    run = drive(run)

    assert second.title == "second?"
    assert run.result["answers"] == ["one", "two"]


def test_questions_of_one_pass_wait_for_each_other(started: Started, drive: Drive) -> None:
    run = started("asks_three_at_once")
    questions = list(run.interrupts.order_by("title"))

    for question in questions[:2]:
        answer(question, "yes")
    assert drive(run).status == "interrupted"
    answer(questions[2], "yes")
    run = drive(run)

    assert [question.title for question in questions] == ["blue?", "green?", "red?"]
    assert effects(run.thread_id) == [["blue=yes", "green=yes", "red=yes"]]


def test_a_node_that_raises_fails_the_run(started: Started) -> None:
    run = started("fails_at_once")

    assert run.status == "error"
    assert (run.error["type"], run.error["message"], run.error["node"]) == (
        "ValueError",
        "no such account",
        "break_down",
    )


def test_a_retry_of_a_failed_node_uses_the_same_answer(started: Started, drive: Drive) -> None:
    run = answered_and_failed(started, drive)
    FAILING.discard(run.thread_id)

    retry_run(run.pk, actor=run.requested_by, via="page")
    run = drive(run)

    assert (run.status, run.error) == ("success", None)
    assert effects(run.thread_id) == ["approve"]


def test_asking_again_takes_another_answer(started: Started, drive: Drive) -> None:
    run = answered_and_failed(started, drive)
    FAILING.discard(run.thread_id)

    retry_run(run.pk, actor=run.requested_by, via="page", reask=True)
    run = drive(run)
    again = run.interrupts.pending().get()
    answer(again, "reject")
    run = drive(run)

    assert effects(run.thread_id) == ["reject"]
    assert sorted(run.interrupts.values_list("status", flat=True)) == ["applied", "superseded"]


def test_an_answered_and_failed_question_is_neither_asked_again_nor_applied(
    started: Started, drive: Drive
) -> None:
    run = answered_and_failed(started, drive)

    again = drive(run)

    assert again.status == "error"
    assert run.interrupts.get().status == "decided"
    assert Decision.objects.get().applied_at is None


def test_cancelling_empties_the_thread(started: Started, drive: Drive) -> None:
    run = started("asks_once")

    cancel_run(run.pk, actor=run.requested_by, via="page")
    run = drive(run)
    successor = started("never_asks")

    assert run.status == "cancelled"
    assert effects(run.thread_id) == []
    assert successor.status == "success"


def test_a_run_cancelled_before_its_first_pass_runs_nothing(drive: Drive) -> None:
    alice = make_user("alice", "requesters")
    run = start_run(agent_key="never_asks", input={"topic": "x"}, requested_by=alice, via="api")

    cancel_run(run.pk, actor=alice, via="page")
    run = drive(run)

    assert run.status == "cancelled"
    assert effects(run.thread_id) == []


def test_a_second_run_goes_on_with_the_memory_of_its_thread(started: Started) -> None:
    started("never_asks", thread_id="talk-1")

    run = started("never_asks", thread_id="talk-1")

    assert (run.status, run.result["answers"]) == ("success", ["done", "done"])


def test_a_second_run_of_a_thread_can_be_cancelled_before_it_starts(
    started: Started, drive: Drive
) -> None:
    first = started("never_asks", thread_id="talk-2")
    second = start_run(
        agent_key="never_asks",
        input={"topic": "x"},
        requested_by=first.requested_by,
        via="api",
        thread_id="talk-2",
    )

    cancel_run(second.pk, actor=first.requested_by, via="page")

    assert drive(second).status == "cancelled"


def test_the_graph_is_configured_on_every_pass_as_on_the_first(
    started: Started, drive: Drive
) -> None:
    run = started("says_who", config={"configurable": {"tenant": "acme"}})

    answer(run.interrupts.get())

    assert drive(run).result["answers"] == ["acme"]


def test_an_agent_that_no_longer_loads_is_named_in_the_error(
    started: Started, drive: Drive, settings: object
) -> None:
    from agents import registry

    run = started("asks_once")
    answer(run.interrupts.get())
    settings.LANGVEL_AGENTS = settings.LANGVEL_AGENTS | {"asks_once": "tests.graphs.gone"}  # type: ignore[attr-defined]
    registry.load.cache_clear()

    run = drive(run)

    assert (run.status, run.error["type"]) == ("error", "BadAgentPath")
    assert "asks_once" in run.error["message"]
    assert run.interrupts.get().status == "decided"


def test_a_run_whose_worker_keeps_dying_is_given_to_a_person(
    started: Started, drive: Drive
) -> None:
    run = started("asks_once")
    answer(run.interrupts.get())
    Run.objects.filter(pk=run.pk).update(attempts=5)

    run = drive(run)

    assert (run.status, run.error["type"]) == ("error", "NeedsAttention")
    assert run.interrupts.get().status == "decided"


def answered_and_failed(started: Started, drive: Drive) -> Run:
    run = started("fails_after_answer")
    FAILING.add(run.thread_id)
    answer(run.interrupts.get(), "approve")
    run = drive(run)
    assert run.status == "error"
    return run
