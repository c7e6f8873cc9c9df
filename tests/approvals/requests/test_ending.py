"""How a request ends, and what its asker is told."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.db import connections
from rest_framework.test import APIClient

from approvals import tasks
from approvals.api import waiting
from approvals.models import AuditEntry, Decision, ExternalRequest, Interrupt, Run
from approvals.requests.closing import expire
from tests.approvals.api.client import alice, as_token, bob, olga, refused, stranger
from tests.approvals.conftest import jobs
from tests.approvals.requests.asking import PAY, asked, at, decide, question_of
from tests.factories import make_run, make_user

pytestmark = pytest.mark.django_db

PAST = "2020-01-01T00:00:00Z"


def told(request: ExternalRequest, client: APIClient | None = None) -> dict[str, Any]:
    response = (client or alice()).get(at(request))
    assert response.status_code == 200
    return response.json()


def past(request: ExternalRequest) -> ExternalRequest:
    """The request, its time over."""
    Interrupt.objects.filter(asked=request).update(expires_at=PAST)
    return request


# --- decided


def test_an_approval_comes_with_the_arguments_to_act_with() -> None:
    request = asked()

    decide(bob(), request, reason="agreed on the phone")

    said = told(request)
    assert (said["status"], said["decided_by"], said["reason"]) == (
        "decided",
        "bob",
        "agreed on the phone",
    )
    assert said["decisions"] == [
        {
            "name": "pay",
            "type": "approve",
            "args": PAY["args"],
            "message": "agreed on the phone",
        }
    ]


def test_each_action_has_its_own_decision() -> None:
    note = {"name": "note", "args": {}, "allowed": ["respond"], "response_schema": {"type": "null"}}
    request = asked(actions=[PAY, PAY, note])
    edited = {"amount": 10, "to": "Ana"}

    decide(
        bob(),
        request,
        {"type": "edit", "args": edited},
        {"type": "reject", "message": "no"},
        {"type": "respond", "value": None},
    )

    assert told(request)["decisions"] == [
        {"name": "pay", "type": "edit", "args": edited, "message": None},
        {"name": "pay", "type": "reject", "message": "no"},
        {"name": "note", "type": "respond", "value": None, "message": None},
    ]


@pytest.mark.parametrize(
    ("fields", "decision", "pointer"),
    [
        ({}, {"type": "edit", "args": {"amount": "x", "to": "Ana"}}, "/decisions/0/args/amount"),
        ({}, {"type": "edit", "args": {"amount": 1}}, "/decisions/0/args/to"),
        ({}, {"type": "respond", "value": 1}, "/decisions/0/type"),
        (
            {
                "actions": [
                    {"name": "n", "allowed": ["respond"], "response_schema": {"type": "null"}}
                ]
            },
            {"type": "respond", "value": 1},
            "/decisions/0/value",
        ),
        (
            {"actions": [{"name": "n", "allowed": ["respond"]}]},
            {"type": "respond"},
            "/decisions/0/value",
        ),
    ],
)
def test_an_answer_that_does_not_fit_leaves_the_request_pending(
    fields: Any, decision: Any, pointer: str
) -> None:
    request = asked(**fields)

    response = decide(bob(), request, decision)

    assert [fault["pointer"] for fault in response.json()["errors"]] == [pointer]
    assert (response.status_code, told(request)["status"]) == (422, "pending")


def test_a_decision_ends_the_run_at_once() -> None:
    request = asked()

    decide(bob(), request)

    run = Run.objects.get()
    assert (run.status, run.result["decisions"][0]["type"]) == ("success", "approve")
    assert question_of(request).status == "applied"
    assert jobs() == []
    assert list(run.audit_entries.order_by("seq").values_list("action", flat=True)) == [
        "run.started",
        "question.asked",
        "question.decided",
        "question.applied",
        "run.finished",
    ]


def test_a_second_decision_is_refused() -> None:
    request = asked()
    question = question_of(request)
    decide(bob(), request)

    late = as_token(make_user("carol", "reviewers")).post(
        f"/api/v1/interrupts/{question.pk}/decide/",
        {
            "version": question.version,
            "digest": question.digest,
            "decisions": [{"type": "reject"}],
        },
    )

    assert refused(late) == (409, "already_decided")
    assert told(request)["decisions"][0]["type"] == "approve"


@pytest.mark.django_db(transaction=True)
def test_of_two_who_decide_at_once_one_wins() -> None:
    request = asked()
    clients = [as_token(make_user(name, "reviewers")) for name in ("bob", "carol")]
    together = threading.Barrier(2)

    def go(client: APIClient) -> int:
        try:
            together.wait(10)
            return decide(client, request).status_code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(go, clients)) == [200, 409]


@pytest.mark.django_db(transaction=True)
def test_what_can_be_undone_is_not_told_yet(drive: Callable[..., Run]) -> None:
    request = asked()
    decide(bob(), request, undo_seconds=60)

    drive(request.pk)

    said = told(request)
    assert (said["status"], said["decisions"], said["decided_by"]) == ("pending", None, None)
    assert jobs() == [("approvals.drive", request.pk)]


@pytest.mark.django_db(transaction=True)
def test_a_worker_ends_the_request_when_the_decision_can_no_longer_be_undone(
    drive: Callable[..., Run],
) -> None:
    request = asked()
    decide(bob(), request, undo_seconds=60)
    Decision.objects.update(effective_at=PAST)

    run = drive(request.pk)
    again = drive(request.pk)

    assert (run.status, run.lease_token, told(request)["status"]) == ("success", None, "decided")
    assert again.updated_at == run.updated_at


# --- expired


def test_a_request_is_expired_from_the_moment_on() -> None:
    request = past(asked())

    assert told(request)["status"] == "expired"


def test_nobody_decides_a_request_past_its_time() -> None:
    request = past(asked())

    refusal = decide(bob(), request)

    assert refused(refusal) == (409, "expired")
    assert refusal.json()["current"]["status"] == "expired"
    assert question_of(request).status == "pending"


def test_the_claim_itself_refuses_a_request_past_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Even when the clock of the web machine is behind that of the database."""
    request = past(asked())
    question = question_of(request)
    monkeypatch.setattr("approvals.services.decisions.timezone.now", lambda: question.expires_at)
    Interrupt.objects.update(expires_at="2020-01-01T00:00:01Z")

    assert decide(bob(), request).status_code == 409
    assert question_of(request).status == "pending"


def test_an_unanswered_request_is_closed_and_never_approved() -> None:
    late, waiting_still = past(asked()), asked(expires_in=60)

    async_to_sync(tasks.expire_requests.func)(0)

    question = question_of(late)
    assert (question.status, question.closed_reason) == (
        "expired",
        "It expired before anybody answered.",
    )
    assert (question.run.status, question.run.result) == ("cancelled", None)
    assert refused(decide(bob(), late)) == (409, "expired")
    assert told(late) | {"status": "expired", "decisions": None} == told(late)
    assert told(waiting_still)["status"] == "pending"


def test_expiring_twice_changes_nothing_more() -> None:
    request = past(asked())

    assert (expire(request.pk), expire(request.pk)) == (True, False)
    assert AuditEntry.objects.filter(action="question.expired").count() == 1


def test_a_decided_request_does_not_expire() -> None:
    request = asked()
    decide(bob(), request)
    past(request)

    assert expire(request.pk) is False
    assert told(request)["status"] == "decided"


# --- cancelled


def test_the_asker_withdraws_a_request() -> None:
    request = asked()

    response = alice().post(at(request, "cancel/"), {"reason": "paid by hand"})

    assert (response.status_code, response.json()["status"]) == (200, "cancelled")
    assert refused(decide(bob(), request)) == (409, "not_pending")


def test_a_request_is_withdrawn_once() -> None:
    request = asked()
    alice().post(at(request, "cancel/"), {})

    again = alice().post(at(request, "cancel/"), {})

    assert refused(again) == (409, "conflict")
    assert again.json()["current"]["status"] == "cancelled"


def test_a_decided_request_is_not_withdrawn() -> None:
    request = asked()
    decide(bob(), request)

    refusal = alice().post(at(request, "cancel/"), {})

    assert refused(refusal) == (409, "already_decided")
    assert told(request)["status"] == "decided"


def test_a_decision_that_can_be_undone_is_no_hindrance_to_withdraw() -> None:
    request = asked()
    decide(bob(), request, undo_seconds=60)

    assert alice().post(at(request, "cancel/"), {}).json()["status"] == "cancelled"


@pytest.mark.django_db(transaction=True)
def test_a_worker_leaves_a_withdrawn_request_cancelled(drive: Callable[..., Run]) -> None:
    request = asked()
    decide(bob(), request, undo_seconds=60)
    alice().post(at(request, "cancel/"), {})

    run = drive(request.pk)

    assert (run.status, run.result, told(request)["status"]) == ("cancelled", None, "cancelled")


@pytest.mark.django_db(transaction=True)
def test_of_a_decision_and_a_withdrawal_at_once_one_wins() -> None:
    request = asked()
    reviewer, asker = bob(), alice()
    together = threading.Barrier(2)

    def go(act: Callable[[], Any]) -> int:
        try:
            together.wait(10)
            return act().status_code
        finally:
            connections.close_all()

    acts = [lambda: decide(reviewer, request), lambda: asker.post(at(request, "cancel/"), {})]
    with ThreadPoolExecutor(2) as pool:
        codes = sorted(pool.map(go, acts))

    assert codes == [200, 409]
    assert told(request)["status"] in ("decided", "cancelled")


def test_somebody_elses_request_is_not_withdrawn() -> None:
    request = asked()

    assert refused(stranger().post(at(request, "cancel/"), {})) == (404, "not_found")
    assert refused(bob().post(at(request, "cancel/"), {})) == (403, "forbidden")
    assert refused(APIClient().post(at(request, "cancel/"), {})) == (401, "unauthenticated")
    assert told(request)["status"] == "pending"


def test_an_operator_withdraws_anybodys_request() -> None:
    assert olga().post(at(asked(), "cancel/"), {}).json()["status"] == "cancelled"


# --- looking


def test_somebody_elses_request_is_not_there() -> None:
    request = asked()

    assert refused(stranger().get(at(request))) == (404, "not_found")
    assert refused(APIClient().get(at(request))) == (401, "unauthenticated")
    only_asks = as_token(make_user("alice", "requesters"), "requests:write")
    assert refused(only_asks.get(at(request))) == (403, "insufficient_scope")


def test_the_address_to_call_back_is_the_askers_own_business() -> None:
    request = asked(callback_url="https://example.com/?key=secret")

    assert told(request)["callback_url"] == "https://example.com/?key=secret"
    assert told(request, bob())["callback_url"] == ""


def test_a_run_of_a_graph_is_no_request() -> None:
    assert refused(bob().get(f"/api/v1/requests/{make_run().pk}/")) == (404, "not_found")


# --- waiting


@pytest.mark.django_db(transaction=True)
def test_a_poll_that_waits_is_answered_when_the_decision_is_there() -> None:
    request = asked()
    client, reviewer = alice(), bob()
    looked = threading.Event()

    def poll() -> Any:
        try:
            looked.set()
            return client.get(at(request, "?wait=30")).json()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(poll)
        assert looked.wait(10)
        decide(reviewer, request)
        assert answer.result(timeout=20)["status"] == "decided"


def test_a_poll_waits_no_longer_than_it_says() -> None:
    request = asked()

    assert alice().get(at(request, "?wait=1")).json()["status"] == "pending"


@pytest.mark.parametrize("wait", ["31", "-1", "x"])
def test_a_poll_waits_half_a_minute_at_most(wait: str) -> None:
    assert refused(alice().get(at(asked(), f"?wait={wait}"))) == (400, "malformed")


def test_when_too_many_wait_a_poll_is_answered_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    request = asked()
    full = threading.BoundedSemaphore(1)
    full.acquire()
    monkeypatch.setattr(waiting, "_places", full)
    monkeypatch.setattr(waiting, "POLL_SECONDS", 3600)

    assert alice().get(at(request, "?wait=30")).json()["status"] == "pending"


def test_a_server_that_closes_lets_nobody_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    request = asked()
    closing = threading.Event()
    closing.set()
    monkeypatch.setattr(waiting, "closing", closing)

    assert alice().get(at(request, "?wait=30")).json()["status"] == "pending"


def test_a_place_to_wait_is_given_back(monkeypatch: pytest.MonkeyPatch) -> None:
    request = asked()
    one = threading.BoundedSemaphore(1)
    monkeypatch.setattr(waiting, "_places", one)
    monkeypatch.setattr(waiting, "POLL_SECONDS", 0.01)
    alice().get(at(request, "?wait=1"))

    assert one.acquire(blocking=False)


def test_what_has_ended_is_told_without_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    request = past(asked())
    monkeypatch.setattr(waiting, "POLL_SECONDS", 3600)

    assert alice().get(at(request, "?wait=30")).json()["status"] == "expired"


def test_looking_takes_the_same_queries_whatever_was_decided(
    django_assert_num_queries: Any,
) -> None:
    one, three = asked(), asked(actions=[PAY] * 3)
    decide(bob(), three, *[{"type": "approve"}] * 3)
    client = alice()
    client.get(at(one))

    for request in (one, three):
        with django_assert_num_queries(5):
            client.get(at(request))
