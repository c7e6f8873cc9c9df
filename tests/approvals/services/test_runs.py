from __future__ import annotations

from typing import Any

import pytest
from django.db import transaction

from approvals.exceptions import (
    AlreadyFinished,
    Forbidden,
    Invalid,
    InvalidInput,
    Malformed,
    NotFailed,
    NotFound,
    ThreadBusy,
)
from approvals.models import AuditEntry, Run
from approvals.services.runs import cancel_run, retry_run, start_run
from tests.approvals.conftest import jobs
from tests.approvals.services.test_decide import together
from tests.factories import make_agent, make_interrupt, make_run, make_user

pytestmark = pytest.mark.django_db


def start(**fields: Any) -> Run:
    make_agent()
    fields = {"agent_key": "payments", "input": {"amount": 5}, "via": "api"} | fields
    requester = fields.pop("requested_by", None) or make_user("alice", "requesters")
    return start_run(requested_by=requester, **fields)


def test_a_started_run_waits_for_a_worker() -> None:
    run = start()

    assert (run.status, run.agent_id, run.input) == ("pending", "payments", {"amount": 5})
    assert jobs() == [("approvals.drive", run.pk)]


def test_a_start_is_in_the_audit() -> None:
    run = start()

    entry = AuditEntry.objects.get(run=run)
    assert (entry.action, entry.actor.username) == ("run.started", "alice")


def test_a_rolled_back_start_leaves_no_job() -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        start()
        raise ZeroDivisionError

    assert (Run.objects.count(), jobs()) == (0, [])


def test_an_unknown_agent_is_not_found() -> None:
    with pytest.raises(NotFound):
        start(agent_key="nobody")


def test_who_may_not_start_runs_starts_none() -> None:
    with pytest.raises(Forbidden):
        start(requested_by=make_user("bob", "reviewers"))


@pytest.mark.parametrize(
    ("values", "pointer"), [({"amount": "much"}, "/amount"), ({}, "/amount"), ([], "")]
)
def test_input_that_does_not_fit_is_refused_with_its_place(values: Any, pointer: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        start(input=values)

    assert [error["pointer"] for error in refused.value.errors] == [pointer]


@pytest.mark.parametrize("text", ["a\0b", "\udc00"])
def test_input_that_cannot_be_stored_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        start(input={"amount": 1, "note": text})


def test_input_of_five_thousand_levels_is_refused() -> None:
    deep: Any = 1
    for _ in range(5_000):
        deep = [deep]

    with pytest.raises(Malformed):
        start(input={"amount": 1, "deep": deep})


@pytest.mark.parametrize(
    "config",
    [
        {"callbacks": []},
        {"configurable": {"thread_id": "x"}},
        {"configurable": {"checkpoint_id": "x"}},
        {"configurable": {"__pregel_resuming": True}},
        {"configurable": 1},
        {"context": 1},
        {"tags": "x"},
        {"metadata": "x"},
        {"recursion_limit": 0},
        {"recursion_limit": True},
    ],
)
def test_langgraphs_own_configuration_cannot_be_set(config: dict[str, Any]) -> None:
    with pytest.raises(Malformed):
        start(config=config)


def test_configuration_for_the_graph_is_kept() -> None:
    run = start(config={"configurable": {"tenant": "acme"}, "tags": ["eu"]})

    assert run.config == {"configurable": {"tenant": "acme"}, "tags": ["eu"]}


def test_a_thread_has_one_unfinished_run() -> None:
    start(thread_id="order-1")

    with pytest.raises(ThreadBusy):
        start(thread_id="order-1")


def test_a_thread_goes_on_after_its_run_has_finished() -> None:
    first = start(thread_id="order-1")
    Run.objects.filter(pk=first.pk).update(status="success")

    assert start(thread_id="order-1").pk != first.pk


@pytest.mark.django_db(transaction=True)
def test_two_simultaneous_starts_of_one_thread_leave_one() -> None:
    make_agent()
    make_user("alice", "requesters")

    outcomes = together([lambda: start(thread_id="order-1")] * 2)

    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Run", "ThreadBusy"]
    assert len(jobs()) == 1


def test_nobody_speaks_into_another_persons_thread() -> None:
    Run.objects.filter(pk=start(thread_id="order-1").pk).update(status="success")

    with pytest.raises(ThreadBusy):
        start(thread_id="order-1", requested_by=make_user("zoe", "requesters"))


def test_cancelling_withdraws_the_questions_at_once() -> None:
    question = make_interrupt()

    run = cancel_run(question.run_id, actor=question.requested_by, via="page", reason="wrong")

    question.refresh_from_db()
    assert (question.status, run.intent) == ("cancelled", "cancel")
    assert jobs() == [("approvals.drive", run.pk)]


def test_cancelling_twice_is_the_same_as_once() -> None:
    run = make_run()

    cancel_run(run.pk, actor=run.requested_by, via="page")
    cancel_run(run.pk, actor=run.requested_by, via="page")

    run.refresh_from_db()
    assert (run.status, run.intent) == ("interrupted", "cancel")


@pytest.mark.parametrize("status", ["success", "error", "cancelled"])
def test_a_finished_run_cannot_be_cancelled(status: str) -> None:
    run = make_run(status=status)

    with pytest.raises(AlreadyFinished):
        cancel_run(run.pk, actor=run.requested_by, via="page")


def test_a_reviewer_may_not_cancel_what_others_asked_for() -> None:
    with pytest.raises(Forbidden):
        cancel_run(make_run().pk, actor=make_user("bob", "reviewers"), via="page")


def test_a_supervisor_may_cancel_any_run() -> None:
    run = cancel_run(make_run().pk, actor=make_user("sue", "supervisors"), via="page")

    assert run.intent == "cancel"


def test_a_run_that_is_not_yours_to_see_is_not_found() -> None:
    with pytest.raises(NotFound):
        cancel_run(make_run().pk, actor=make_user("zoe", "requesters"), via="page")


def test_only_a_failed_run_can_be_retried() -> None:
    run = make_run(status="interrupted")

    with pytest.raises(NotFailed):
        retry_run(run.pk, actor=run.requested_by, via="page")


@pytest.mark.parametrize(("reask", "intent"), [(False, "retry"), (True, "reask")])
def test_a_retry_says_which_kind_it_is(reask: bool, intent: str) -> None:
    run = make_run(status="error", attempts=5)

    run = retry_run(run.pk, actor=run.requested_by, via="page", reask=reask)

    assert (run.status, run.intent, run.attempts) == ("pending", intent, 0)
    assert jobs() == [("approvals.drive", run.pk)]


def test_a_retry_waits_its_turn_on_the_thread() -> None:
    failed = make_run(status="error", thread_id="order-1")
    make_run(status="interrupted", thread_id="order-1")

    with pytest.raises(ThreadBusy):
        retry_run(failed.pk, actor=failed.requested_by, via="page")


def test_a_reviewer_may_not_retry_what_others_asked_for() -> None:
    with pytest.raises(Forbidden):
        retry_run(make_run(status="error").pk, actor=make_user("bob", "reviewers"), via="page")
