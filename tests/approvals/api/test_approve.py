from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from approvals.models import Decision, Run
from tests.approvals.api.client import (
    alice,
    as_token,
    bob,
    olga,
    pointers,
    refused,
    stranger,
)
from tests.factories import (
    QUESTION_ACTION,
    make_decision,
    make_interrupt,
    make_run,
    make_user,
)
from tests.graphs import FAILING, effects

pytestmark = pytest.mark.django_db

Started = Callable[..., Run]

PATHS = ["/approve", "/approve/", "/api/v1/approve", "/api/v1/approve/"]
PENDING = ["/pending-approvals", "/api/v1/pending-approvals", "/pending-approvals/"]
ORDER = {"order_id": "ORD-123", "amount": 15000, "customer_id": "CUST-456"}


@pytest.fixture(autouse=True)
def _short_wait(settings: Any) -> None:
    settings.LANGVEL_APPROVE_WAIT_SECONDS = 0.2


@pytest.fixture
def patient(settings: Any) -> None:
    settings.LANGVEL_APPROVE_WAIT_SECONDS = 20


def approve(client: APIClient, run: Run, *, path: str = "/approve", **fields: Any) -> Any:
    asked = {"thread_id": run.thread_id, "approved": True, "approved_by": "bob", "notes": None}
    return client.post(path, asked | fields)


# --- with a worker


@pytest.mark.django_db(transaction=True)
def test_an_approved_order_completes(started: Started, worker: None, patient: None) -> None:
    run = started("orders", input=ORDER)

    said = approve(bob(), run, notes="checked").json()

    assert (said["status"], said["run"], said["thread_id"]) == ("completed", run.pk, run.thread_id)
    assert (said["result"]["approved"], said["result"]["approved_by"]) == (True, "bob")
    assert said["result"]["metadata"]["receipt"]["number"] == "R-ORD-123"


@pytest.mark.django_db(transaction=True)
def test_a_rejected_order_is_told_why(started: Started, worker: None, patient: None) -> None:
    run = started("orders", input=ORDER)

    said = approve(bob(), run, approved=False, notes="too much").json()

    assert said["status"] == "rejected"
    assert (said["result"]["approved"], said["result"]["rejection_reason"]) == (False, "too much")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("approved", "status"), [(True, "completed"), (False, "rejected")])
def test_a_plain_question_is_answered_true_or_false(
    started: Started, worker: None, patient: None, approved: bool, status: str
) -> None:
    run = started("asks_once")

    said = approve(bob(), run, approved=approved).json()

    assert (said["status"], said["result"]["answers"]) == (status, [approved])
    assert effects(run.thread_id) == [[approved]]


@pytest.mark.django_db(transaction=True)
def test_a_run_that_asks_again_is_paused_with_its_next_question(
    started: Started, worker: None, patient: None
) -> None:
    run = started("asks_twice")
    first = run.interrupts.get()

    said = approve(bob(), run).json()

    assert (said["status"], said["result"]) == ("paused", None)
    assert (said["interrupt"]["title"], said["interrupt"]["status"]) == ("second?", "pending")
    assert said["interrupt"]["id"] != first.pk


@pytest.mark.django_db(transaction=True)
def test_a_run_that_fails_afterwards_has_failed(
    started: Started, worker: None, patient: None
) -> None:
    run = started("fails_after_answer", thread_id="bank-1")
    FAILING.add("bank-1")

    said = approve(bob(), run).json()

    FAILING.discard("bank-1")
    assert (said["status"], said["result"]) == ("failed", None)
    assert (said["error"]["type"], said["error"]["message"]) == (
        "RuntimeError",
        "the bank is closed",
    )


@pytest.mark.django_db(transaction=True)
def test_a_repeated_approval_gets_the_final_answer_again(
    started: Started, worker: None, patient: None
) -> None:
    run = started("asks_once")
    client = bob()
    client.credentials(**client._credentials, HTTP_IDEMPOTENCY_KEY="k1")

    first, again = approve(client, run), approve(client, run)

    assert first.json()["status"] == "completed"
    assert (again.json(), again["Idempotency-Replayed"]) == (first.json(), "true")
    assert effects(run.thread_id) == [[True]]


# --- without one


@pytest.mark.parametrize("path", PATHS)
def test_an_approval_without_a_worker_is_resuming(path: str) -> None:
    question = make_interrupt()

    response = approve(bob(), question.run, path=path)

    assert (response.status_code, response.json()) == (
        200,
        {
            "status": "resuming",
            "run": question.run_id,
            "thread_id": question.run.thread_id,
            "result": None,
        },
    )


def test_the_actor_is_who_the_token_says_not_who_the_body_says() -> None:
    question = make_interrupt()

    approve(bob(), question.run, approved_by="carol", notes="fine")

    decision = Decision.objects.get()
    assert (decision.actor.username, decision.via, decision.reason) == ("bob", "approve", "fine")
    assert decision.resume_value["by"] == "bob"


def test_a_rejection_carries_the_notes_to_the_graph() -> None:
    question = make_interrupt()

    approve(bob(), question.run, approved=False, notes="too much")

    value = Decision.objects.get().resume_value
    assert (value["type"], value["message"]) == ("reject", "too much")


def test_a_body_needs_the_thread_and_the_answer_alone() -> None:
    question = make_interrupt()

    response = bob().post("/approve", {"thread_id": question.run.thread_id, "approved": True})

    assert response.status_code == 200


def test_an_approval_of_exactly_this_question_is_taken() -> None:
    question = make_interrupt()

    response = approve(bob(), question.run, version=1, digest=question.digest)

    assert response.status_code == 200


@pytest.mark.parametrize("seen", [{"version": 2}, {"digest": "0" * 64}])
def test_an_approval_of_another_question_is_stale(seen: dict[str, Any]) -> None:
    question = make_interrupt()

    assert refused(approve(bob(), question.run, **seen)) == (409, "stale")


def test_an_unknown_thread_is_not_found() -> None:
    response = bob().post("/approve", {"thread_id": "nowhere", "approved": True})

    assert refused(response) == (404, "not_found")


def test_a_thread_of_somebody_else_is_not_found() -> None:
    assert refused(approve(stranger(), make_interrupt().run)) == (404, "not_found")


def test_who_asked_for_the_run_approves_nothing() -> None:
    question = make_interrupt()

    assert refused(approve(alice(), question.run)) == (403, "own_request")
    reviewer_too = as_token(make_user("alice", "requesters", "reviewers"))
    assert refused(approve(reviewer_too, question.run)) == (403, "own_request")


def test_who_is_no_reviewer_approves_nothing() -> None:
    assert refused(approve(olga(), make_interrupt().run)) == (403, "forbidden")


def test_nobody_approves_nothing() -> None:
    assert refused(approve(APIClient(), make_interrupt().run)) == (401, "unauthenticated")


def test_a_thread_with_two_questions_must_be_answered_by_id() -> None:
    run = make_run()
    first, second = make_interrupt(run=run), make_interrupt(run=run)

    response = approve(bob(), run)

    assert refused(response) == (409, "several_pending")
    assert [row["id"] for row in response.json()["current"]["pending"]] == [first.pk, second.pk]


@pytest.mark.parametrize("status", ["pending", "running", "success", "error", "cancelled"])
def test_a_thread_that_does_not_wait_is_a_conflict(status: str) -> None:
    run = make_run(status=status)

    response = approve(bob(), run)

    assert refused(response) == (409, "not_pending")
    assert response.json()["current"] == {"run": run.pk, "status": status, "pending": []}


def test_a_thread_that_was_answered_is_a_conflict() -> None:
    question = make_interrupt()
    make_decision(question, actor=make_user("carol", "reviewers"))

    assert refused(approve(bob(), question.run)) == (409, "not_pending")


def test_the_newest_run_of_a_thread_is_meant() -> None:
    make_run(thread_id="t", status="success")
    question = make_interrupt(run=make_run(thread_id="t"))

    assert approve(bob(), question.run).json()["run"] == question.run_id


def test_a_question_that_takes_neither_yes_nor_no_is_not_guessed_at() -> None:
    question = make_interrupt(actions=[QUESTION_ACTION | {"allowed": ["edit"]}])

    response = approve(bob(), question.run)

    assert refused(response) == (422, "invalid_decision")
    assert pointers(response) == ["/approved"]


@pytest.mark.parametrize(
    ("changed", "at"),
    [
        ({"approved": "true"}, "/approved"),
        ({"approved": 1}, "/approved"),
        ({"approved": None}, "/approved"),
        ({"thread_id": ""}, "/thread_id"),
        ({"thread_id": 5}, "/thread_id"),
        ({"notes": 5}, "/notes"),
        ({"version": "1"}, "/version"),
    ],
)
def test_a_body_of_another_form_is_malformed(changed: dict[str, Any], at: str) -> None:
    response = approve(bob(), make_interrupt().run, **changed)

    assert refused(response) == (400, "malformed")
    assert pointers(response) == [at]


# --- what waits


@pytest.mark.parametrize("path", PENDING)
def test_pending_approvals_name_their_threads_most_urgent_first(path: str) -> None:
    low, high = make_interrupt(risk="low"), make_interrupt(risk="high")
    make_interrupt(status="applied")

    rows = bob().get(path).json()["results"]

    assert [(row["id"], row["thread_id"]) for row in rows] == [
        (high.pk, high.run.thread_id),
        (low.pk, low.run.thread_id),
    ]


def test_pending_approvals_are_those_one_may_see() -> None:
    make_interrupt()

    assert stranger().get("/pending-approvals").json()["results"] == []


@pytest.mark.parametrize(("who", "may"), [(bob, True), (alice, False), (olga, False)])
def test_pending_approvals_say_whether_one_may_decide(who: Any, may: bool) -> None:
    make_interrupt()

    (row,) = who().get("/pending-approvals").json()["results"]

    assert row["can_decide"] is may


@pytest.mark.parametrize("method", ["put", "delete"])
def test_another_method_is_not_allowed(method: str) -> None:
    assert refused(getattr(bob(), method)("/approve")) == (405, "method_not_allowed")
