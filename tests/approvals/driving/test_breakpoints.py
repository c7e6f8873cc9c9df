"""A graph that stops by itself asks like any other, and nothing passes a breakpoint unasked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from agents.moves import Moves
from agents.runner import Thread
from approvals.exceptions import Malformed
from approvals.models import Interrupt, Run
from approvals.services.runs import start_run
from tests.approvals.conftest import answer
from tests.factories import make_user
from tests.graphs import effects

pytestmark = pytest.mark.django_db(transaction=True)

AGENTS = {
    name: f"tests.shapes.{name}"
    for name in (
        "plain_steps",
        "raises_node_interrupt",
        "stops_a_talk",
        "stops_after",
        "stops_before",
        "stops_before_two",
        "stops_everywhere",
        "stops_within",
    )
}

Started = Callable[..., Run]
Drive = Callable[[Run | int], Run]

APPROVE = [{"type": "approve"}]
REJECT = [{"type": "reject"}]
SKIP = [{"type": "respond", "value": {"skip": True}}]


def edited(question: Interrupt, **changes: Any) -> list[dict[str, Any]]:
    return [{"type": "edit", "args": question.actions[0]["args"] | changes}]


def done(run: Run) -> list[str]:
    return [what for what, _ in effects(run.thread_id)]


def test_a_breakpoint_is_one_question(started: Started, drive: Drive) -> None:
    run = started("stops_before")
    drive(run)

    question = run.interrupts.get()
    assert run.status == "interrupted"
    assert (question.status, question.dialect, question.interrupt_id) == (
        "pending",
        "breakpoint",
        "breakpoint",
    )
    action = question.actions[0]
    assert (action["name"], action["args"]) == ("act", {"topic": "tea", "answers": ["plan"]})
    assert action["allowed"] == ["approve", "edit", "reject", "respond"]
    assert set(action["schema"]["properties"]) == {"topic", "answers"}
    assert done(run) == ["plan"]


def test_approving_continues(started: Started, drive: Drive) -> None:
    run = started("stops_before")

    answer(run.interrupts.get(), decisions=APPROVE)
    run = drive(run)

    assert (run.status, done(run)) == ("success", ["plan", "act", "rest"])
    assert run.interrupts.get().status == "applied"


def test_an_edit_is_what_the_next_step_sees(started: Started, drive: Drive) -> None:
    run = started("stops_before")
    question = run.interrupts.get()

    answer(question, decisions=edited(question, topic="coffee", answers=["changed"]))
    run = drive(run)

    assert effects(run.thread_id) == [["plan", "tea"], ["act", "coffee"], ["rest", "coffee"]]
    assert run.result["answers"] == ["changed", "act", "rest"]


def test_a_skipped_step_does_not_run(started: Started, drive: Drive) -> None:
    run = started("stops_before")

    answer(run.interrupts.get(), decisions=SKIP)
    run = drive(run)

    assert (run.status, done(run)) == ("success", ["plan", "rest"])
    assert run.interrupts.get().status == "applied"


def test_a_rejected_breakpoint_cancels_the_run(started: Started, drive: Drive) -> None:
    run = started("stops_before")

    answer(run.interrupts.get(), decisions=REJECT)
    run = drive(run)

    assert (run.status, done(run)) == ("cancelled", ["plan"])
    assert run.interrupts.get().status == "applied"
    assert run.audit_entries.filter(action="run.cancelled").count() == 1


def test_a_breakpoint_after_a_step_is_asked_once(started: Started, drive: Drive) -> None:
    run = started("stops_after")
    question = run.interrupts.get()

    answer(question, decisions=APPROVE)
    run = drive(run)

    assert question.actions[0]["allowed"] == ["approve", "edit", "reject"]
    assert (run.status, done(run)) == ("success", ["plan", "act"])


def test_a_skip_stops_at_the_next_breakpoint(started: Started, drive: Drive) -> None:
    run = started("stops_everywhere")

    answer(run.interrupts.pending().get(), decisions=SKIP)
    run = drive(run)
    second = run.interrupts.pending().get()

    assert (run.status, done(run)) == ("interrupted", [])
    assert second.actions[0]["name"] == "act"
    assert sorted(run.interrupts.values_list("status", flat=True)) == ["applied", "pending"]


def test_a_breakpoint_before_two_steps_cannot_be_skipped(started: Started, drive: Drive) -> None:
    run = started("stops_before_two")
    question = run.interrupts.get()

    answer(question, decisions=edited(question, topic="coffee"))
    run = drive(run)

    assert question.actions[0]["allowed"] == ["approve", "edit", "reject"]
    assert sorted(effects(run.thread_id)) == [["one", "coffee"], ["two", "coffee"]]


def test_messages_stay_messages_when_they_are_edited(started: Started, drive: Drive) -> None:
    run = started("stops_a_talk", input={"messages": [{"role": "user", "content": "Hi"}]})
    question = run.interrupts.get()
    messages = question.actions[0]["args"]["messages"]
    messages[1]["content"] = "Good morning"

    answer(question, decisions=edited(question, messages=messages))
    run = drive(run)

    assert effects(run.thread_id) == [["HumanMessage", "AIMessage"]]
    assert [message["content"] for message in run.result["messages"]] == ["Hi", "Good morning"]


# Graphs within


def test_a_breakpoint_within_is_one_question_beside_the_others(
    started: Started, drive: Drive
) -> None:
    run = started("stops_within")
    questions = {question.dialect: question for question in run.interrupts.all()}

    answer(questions["plain"], "yes")
    waiting = drive(run)
    answer(questions["breakpoint"], decisions=APPROVE)
    run = drive(run)

    assert run.interrupts.count() == 2
    assert (waiting.status, run.status) == ("interrupted", "success")
    assert done(run) == ["first", "second"]


def test_an_edit_within_changes_the_state_within(started: Started, drive: Drive) -> None:
    run = started("stops_within")
    stop = run.interrupts.get(dialect="breakpoint")

    answer(run.interrupts.get(dialect="plain"), "yes")
    answer(stop, decisions=edited(stop, topic="coffee", answers=[]))
    run = drive(run)

    assert effects(run.thread_id) == [["first", "tea"], ["second", "coffee"]]


def test_a_skip_within_skips_there(started: Started, drive: Drive) -> None:
    run = started("stops_within")

    answer(run.interrupts.get(dialect="plain"), "yes")
    answer(run.interrupts.get(dialect="breakpoint"), decisions=SKIP)
    run = drive(run)

    assert (run.status, done(run)) == ("success", ["first"])
    assert set(run.interrupts.values_list("status", flat=True)) == {"applied"}


# Given at run time


@pytest.mark.parametrize(
    ("config", "asked"),
    [
        ({"interrupt_before": ["act"]}, ["act"]),
        ({"interrupt_after": ["plan"]}, ["act"]),
        ({"interrupt_before": "*"}, ["plan", "act"]),
        ({"interrupt_before": ["plan"], "interrupt_after": ["plan"]}, ["plan", "act"]),
    ],
)
def test_breakpoints_of_the_config_stop_every_pass(
    started: Started, drive: Drive, config: dict[str, Any], asked: list[str]
) -> None:
    run = started("plain_steps", config=config)

    seen = []
    while run.status == "interrupted":
        question = run.interrupts.pending().get()
        seen.append(question.actions[0]["name"])
        answer(question, decisions=APPROVE)
        run = drive(run)

    assert (run.status, seen) == ("success", asked)


def test_breakpoints_of_the_config_take_none_of_the_graphs_away(
    started: Started, drive: Drive
) -> None:
    run = started("stops_before", config={"interrupt_before": ["rest"]})

    answer(run.interrupts.pending().get(), decisions=APPROVE)
    run = drive(run)

    assert run.interrupts.pending().get().actions[0]["name"] == "rest"


@pytest.mark.parametrize("value", ["act", ["no_such_step"], [1], {"act": 1}])
def test_a_breakpoint_that_would_stop_nothing_is_refused(graphs: None, value: Any) -> None:
    with pytest.raises(Malformed, match="interrupt_before"):
        start_run(
            agent_key="plain_steps",
            input={},
            requested_by=make_user("alice", "requesters"),
            via="api",
            config={"interrupt_before": value},
        )


# NodeInterrupt


def test_a_node_interrupt_asks_until_the_state_is_changed(started: Started, drive: Drive) -> None:
    run = started("raises_node_interrupt", input={"topic": "coffee"})
    first = run.interrupts.get()

    answer(first, decisions=APPROVE)
    run = drive(run)
    second = run.interrupts.pending().get()
    answer(second, decisions=edited(second, topic="cocoa"))
    run = drive(run)
    third = run.interrupts.pending().get()
    answer(third, decisions=edited(third, topic="tea"))
    run = drive(run)

    assert (first.dialect, first.title, first.interrupt_id) == (
        "node_interrupt",
        "'coffee' is too long",
        "placeholder-id",
    )
    assert (second.round, second.digest, third.title) == (2, first.digest, "'cocoa' is too long")
    assert (run.status, effects(run.thread_id)) == ("success", [["act", "tea"]])
    assert set(run.interrupts.values_list("status", flat=True)) == {"applied"}


def test_a_rejected_node_interrupt_cancels_the_run(started: Started, drive: Drive) -> None:
    run = started("raises_node_interrupt", input={"topic": "coffee"})

    answer(run.interrupts.get(), decisions=REJECT)

    assert drive(run).status == "cancelled"


# After a crash


class Died(BaseException):
    pass


def test_an_edit_is_made_once_when_the_worker_dies_before_it_continues(
    started: Started, drive: Drive, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = started("stops_before")
    question = run.interrupts.get()
    answer(question, decisions=edited(question, answers=["changed"]))

    with monkeypatch.context() as patch:
        patch.setattr(Thread, "continue_", dying)
        with pytest.raises(Died):
            drive(run)
    run = drive(run)

    assert run.result["answers"] == ["changed", "act", "rest"]
    assert (run.interrupts.get().status, done(run)) == ("applied", ["plan", "act", "rest"])


@pytest.mark.parametrize(
    ("agent", "asked_next"), [("stops_before", []), ("stops_everywhere", ["act"])]
)
def test_a_skip_is_made_once_when_the_worker_dies_after_it(
    started: Started,
    drive: Drive,
    monkeypatch: pytest.MonkeyPatch,
    agent: str,
    asked_next: list[str],
) -> None:
    run = started(agent)
    answer(run.interrupts.get(), decisions=SKIP)
    skip = Moves.skip

    async def skip_and_die(self: Moves, namespace: str) -> None:
        await skip(self, namespace)
        raise Died

    with monkeypatch.context() as patch:
        patch.setattr(Moves, "skip", skip_and_die)
        with pytest.raises(Died):
            drive(run)
    run = drive(run)

    assert run.interrupts.earliest("id").status == "applied"
    assert [row.actions[0]["name"] for row in run.interrupts.pending()] == asked_next


@pytest.mark.parametrize("agent", ["stops_before", "stops_after", "stops_within"])
def test_a_worker_that_dies_at_a_breakpoint_leaves_it_to_be_asked(
    drive: Drive, monkeypatch: pytest.MonkeyPatch, agent: str
) -> None:
    alice = make_user("alice", "requesters")
    run = start_run(agent_key=agent, input={"topic": "tea"}, requested_by=alice, via="api")

    with monkeypatch.context() as patch:
        patch.setattr("approvals.outcomes.record", dying_at_once)
        with pytest.raises(Died):
            drive(run)
    run = drive(run)

    assert run.status == "interrupted"
    assert run.interrupts.filter(dialect="breakpoint").count() == 1
    assert len(done(run)) == 1


async def dying(*args: Any, **kwargs: Any) -> None:
    raise Died


def dying_at_once(*args: Any, **kwargs: Any) -> None:
    raise Died
