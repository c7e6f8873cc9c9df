"""One row a question and the right effect, however a graph is built."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from agents import registry
from approvals.driving.reconcile import reconcile, unexplained_runs
from approvals.models import Interrupt, Run
from approvals.services.runs import cancel_run
from tests.approvals.conftest import answer, jobs
from tests.graphs import effects

pytestmark = pytest.mark.django_db(transaction=True)

AGENTS: dict[str, Any] = {
    name: f"tests.shapes.{name}"
    for name in (
        "asks_in_a_loop",
        "called_from_a_function",
        "each_of_three",
        "fans_out",
        "functional",
        "keeps_its_own_thread",
        "keeps_no_checkpoints",
        "of_a_text",
        "three_deep",
        "two_tools",
    )
} | {"asks_each": {"path": "tests.graphs.asks_three_at_once", "resume": "each"}}

Started = Callable[..., Run]
Drive = Callable[[Run | int], Run]


def pending(run: Run) -> list[Interrupt]:
    return list(run.interrupts.pending().order_by("id"))


def answer_all(run: Run, drive: Drive) -> list[str]:
    """Answer everything, pass by pass; the titles in the order in which they were asked."""
    asked = []
    while run.status == "interrupted":
        for question in pending(run):
            asked.append(question.title)
            answer(question, question.title[::-1])
        run = drive(run)
    return asked


def test_fifty_questions_by_send_are_fifty_rows_and_one_resume(
    started: Started, drive: Drive
) -> None:
    run = started("fans_out")
    questions = pending(run)

    for question in questions:
        answer(question, question.request["n"] * 2)
    queued = jobs()
    run = drive(run)

    assert len(questions) == len({question.interrupt_id for question in questions}) == 50
    assert len(queued) == 2
    assert run.result["answers"] == [f"{n}={n * 2}" for n in range(50)]
    assert set(run.interrupts.values_list("status", flat=True)) == {"applied"}


def test_a_loop_asks_once_a_round(started: Started, drive: Drive) -> None:
    run = started("asks_in_a_loop")

    for told in ("on", "on", "stop"):
        answer(run.interrupts.pending().get(), told)
        run = drive(run)

    assert run.result["answers"] == ["on", "on", "stop"]
    assert list(run.interrupts.order_by("id").values_list("title", flat=True)) == [
        "round 0",
        "round 1",
        "round 2",
    ]


def test_a_question_three_graphs_deep_is_one_row(started: Started, drive: Drive) -> None:
    run = started("three_deep")
    questions = {question.title: question for question in pending(run)}

    for question in questions.values():
        answer(question, "yes")
    run = drive(run)

    assert sorted(questions) == ["beside", "deep"]
    assert sorted(run.result["answers"]) == ["beside=yes", "deep=yes"]
    assert run.interrupts.count() == 2


@pytest.mark.parametrize(
    ("agent", "asked"),
    [
        ("called_from_a_function", ["leaf", "leaf"]),
        ("functional", ["first", "second", "third"]),
        ("keeps_its_own_thread", ["own"]),
        ("keeps_no_checkpoints", ["none"]),
        ("asks_twice", ["first?", "second?"]),
    ],
)
def test_questions_that_come_one_after_the_other_are_one_row_each(
    started: Started, drive: Drive, agent: str, asked: list[str]
) -> None:
    run = started(agent)

    titles = answer_all(run, drive)
    run.refresh_from_db()

    assert (run.status, titles) == ("success", asked)
    assert run.interrupts.count() == len(asked)
    heard = [told for told in run.result["answers"] if "=" in told or told.endswith("?"[::-1])]
    assert all(title[::-1] in str(run.result["answers"]) for title in asked), heard


def test_a_function_of_the_functional_api_acts_on_its_answers(
    started: Started, drive: Drive
) -> None:
    run = started("functional")

    answer_all(run, drive)

    assert effects(run.thread_id) == [["first=tsrif", "second=dnoces", "third=driht"]]


def test_a_function_that_takes_a_text_is_started_with_an_object(
    started: Started, drive: Drive
) -> None:
    schema = registry.load("of_a_text").input_schema()

    run = started("of_a_text", input={"input": "tea"})
    answer(run.interrupts.get(), "yes")

    assert schema["properties"]["input"]["type"] == "string"
    assert drive(run).result == {"value": "tea: yes"}


def test_two_tools_of_one_node_ask_once_each(started: Started, drive: Drive) -> None:
    run = started("two_tools", input={"messages": []})

    answer_all(run, drive)
    run.refresh_from_db()

    said = [message["content"] for message in run.result["messages"] if message["type"] == "tool"]
    assert len(said) == 2
    assert run.interrupts.count() == 2
    assert {tuple(request) for request in run.interrupts.values_list("request", flat=True)} == {
        ("pay",),
        ("send",),
    }


@pytest.mark.parametrize("agent", ["keeps_its_own_thread", "keeps_no_checkpoints", "three_deep"])
def test_cancelling_empties_graphs_within_too(started: Started, drive: Drive, agent: str) -> None:
    run = started(agent, thread_id="within")

    cancel_run(run.pk, actor=run.requested_by, via="page")
    run = drive(run)
    again = started(agent, thread_id="within")

    assert run.status == "cancelled"
    assert set(run.interrupts.values_list("status", flat=True)) == {"cancelled"}
    assert again.interrupts.pending().count() == run.interrupts.count()
    assert {row.checkpoint_id for row in pending(again)}.isdisjoint(
        run.interrupts.values_list("checkpoint_id", flat=True)
    )


# resume = "each"


@pytest.mark.parametrize("agent", ["each_of_three", "asks_each"])
def test_an_answer_that_resumes_alone_is_heard_at_once(
    started: Started, drive: Drive, agent: str
) -> None:
    run = started(agent)
    first, *others = pending(run)

    answer(first, "yes")
    run = drive(run)

    first.refresh_from_db()
    assert (run.status, first.status) == ("interrupted", "applied")
    assert pending(run) == others


def test_answers_that_resume_alone_are_all_heard_in_the_end(started: Started, drive: Drive) -> None:
    run = started("each_of_three")

    for question in pending(run):
        answer(question, "yes")
        run = drive(run)

    assert sorted(run.result["answers"]) == ["blue=yes", "green=yes", "red=yes"]
    assert set(run.interrupts.values_list("status", flat=True)) == {"applied"}
    assert run.interrupts.count() == 3


def test_a_question_that_resumes_alone_can_be_answered_while_another_answer_is_under_way(
    started: Started, drive: Drive
) -> None:
    run = started("each_of_three")
    first, second, third = pending(run)
    answer(first, "yes")
    Run.objects.filter(pk=run.pk).update(status="running")

    answer(second, "yes")
    run = drive(run)

    assert [row.pk for row in pending(run)] == [third.pk]


def test_an_answer_given_during_a_pass_wakes_the_run_when_it_is_recorded(
    started: Started, drive: Drive, monkeypatch: pytest.MonkeyPatch
) -> None:
    from approvals.driving import drive as drive_module

    run = started("each_of_three")
    first, second, _ = pending(run)
    claim = drive_module.claim

    def claim_and_answer(run_id: int) -> Any:
        claimed = claim(run_id)
        answer(second, "yes")
        return claimed

    answer(first, "yes")
    monkeypatch.setattr(drive_module, "claim", claim_and_answer)
    before = len(jobs())
    drive(run)

    assert len(jobs()) == before + 2
    assert run.interrupts.get(pk=second.pk).status == "decided"


def test_reconcile_drives_a_run_whose_answer_resumes_alone(started: Started) -> None:
    run = started("each_of_three")
    answer(pending(run)[0], "yes")
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs")

    assert unexplained_runs(grace_seconds=0) == [run.pk]
    assert reconcile(grace_seconds=0) == [run.pk]
