"""POST /api/v1/requests/: who may ask, what may be asked, and that asking twice asks once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connections
from django.utils import timezone
from rest_framework.test import APIClient

from approvals.models import Agent, ExternalRequest, IdempotencyKey, Interrupt, Run
from tests.approvals.api.client import alice, as_token, bob, olga, pointers, refused, stranger
from tests.approvals.requests.asking import PAY, SCHEMA, ask, asked, at, decide, question_of
from tests.factories import make_user

pytestmark = pytest.mark.django_db


def with_action(**fields: Any) -> dict[str, Any]:
    return {"actions": [PAY | fields]}


# --- asking


def test_a_request_is_answered_with_how_it_stands() -> None:
    response = ask(metadata={"ticket": 7}, callback_url="https://example.com/told")

    request = ExternalRequest.objects.get()
    said = response.json()
    assert (response.status_code, response["Location"]) == (201, at(request))
    assert said.pop("created_at") == f"{request.run.created_at:%Y-%m-%dT%H:%M:%S.%fZ}"
    assert said == {
        "id": request.pk,
        "status": "pending",
        "title": "Pay Ana 12.50",
        "metadata": {"ticket": 7},
        "expires_at": None,
        "url": f"http://127.0.0.1:8000/interrupts/{request.interrupt_id}/",
        "interrupt": request.interrupt_id,
        "decisions": None,
        "decided_by": None,
        "decided_at": None,
        "reason": "",
        "callback_url": "https://example.com/told",
        "callback": None,
    }


def test_a_request_is_a_question_in_the_queue_like_any_other() -> None:
    request = asked(summary="Invoice 9", effect="Money leaves.", risk="high", state={"vat": 19})

    waiting = bob().get("/api/v1/interrupts/?status=pending").json()["results"]
    question = bob().get(f"/api/v1/interrupts/{request.interrupt_id}/").json()
    assert [row["id"] for row in waiting] == [request.interrupt_id]
    assert (question["agent"], question["dialect"], question["risk"]) == (
        "requests",
        "request",
        "high",
    )
    assert (question["summary"], question["effect"], question["state"]) == (
        "Invoice 9",
        "Money leaves.",
        {"vat": 19},
    )
    assert question["actions"] == [
        PAY | {"description": "", "allowed": ["approve", "edit", "reject"]}
    ]


def test_a_request_is_a_run_that_waits_for_a_person() -> None:
    request = asked()

    run = Run.objects.get()
    assert (run.pk, run.status, run.agent.kind) == (request.pk, "interrupted", "request")
    assert list(run.audit_entries.order_by("seq").values_list("action", flat=True)) == [
        "run.started",
        "question.asked",
    ]


def test_a_source_stands_for_itself_in_the_queue() -> None:
    asked(source="payroll")

    assert Interrupt.objects.get().agent_id == "requests:payroll"
    assert Agent.objects.get().title == "Payroll"


def test_a_source_can_not_be_started_like_a_graph() -> None:
    asked()

    started = alice().post("/api/v1/runs/", {"agent": "requests", "input": {}})

    assert refused(started) == (404, "not_found")


def test_without_a_schema_the_arguments_are_approved_or_rejected_as_they_are() -> None:
    request = asked(actions=[{"name": "restart", "args": {"host": "a"}}])

    assert question_of(request).actions[0]["allowed"] == ["approve", "reject"]


def test_an_expiry_may_be_said_in_seconds() -> None:
    before = timezone.now()

    request = asked(expires_in=60)

    expires_at = question_of(request).expires_at
    assert before + timedelta(seconds=60) <= expires_at <= timezone.now() + timedelta(seconds=60)


# --- who may


def test_a_reviewer_asks_nobody() -> None:
    assert refused(ask(bob())) == (403, "forbidden")


def test_nobody_asks_nobody() -> None:
    assert refused(ask(APIClient())) == (401, "unauthenticated")


def test_a_token_for_runs_does_not_ask() -> None:
    client = as_token(make_user("alice", "requesters"), "runs:write", "requests:read")

    assert refused(ask(client)) == (403, "insufficient_scope")


def test_whoever_asked_does_not_decide_it() -> None:
    request = asked(client=olga())
    decider = as_token(make_user("olga", "operators", "reviewers"))

    assert refused(decide(decider, request)) == (403, "own_request")


# --- what may be asked


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"title": ""}, "/title"),
        ({"title": "x" * 301}, "/title"),
        ({"actions": []}, "/actions"),
        ({"actions": [PAY] * 51}, "/actions"),
        ({"actions": [{"args": {}}]}, "/actions/0/name"),
        (with_action(args=[1]), "/actions/0/args"),
        (with_action(allowed=["delete"]), "/actions/0/allowed/0"),
        (with_action(allowed=[]), "/actions/0/allowed"),
        (with_action(shema={}), "/actions/0/shema"),
        ({"risk": "none"}, "/risk"),
        ({"expires_on": 60}, "/expires_on"),
        ({"expires_in": 0}, "/expires_in"),
        ({"expires_in": 60, "expires_at": "2020-01-01T00:00:00Z"}, "/expires_in"),
        ({"expires_at": "2999-01-01T00:00:00Z"}, "/expires_at"),
        ({"source": "No Spaces"}, "/source"),
        ({"callback_url": "http://example.com/"}, "/callback_url"),
        ({"callback_url": "https://10.0.0.7/"}, "/callback_url"),
    ],
)
def test_a_request_of_another_form_is_malformed(fields: Any, pointer: str) -> None:
    response = ask(**fields)

    assert refused(response) == (400, "malformed")
    assert pointers(response) == [pointer]
    assert not Run.objects.exists()


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        (
            with_action(schema={"properties": {"amount": {"type": "money"}}}),
            "/actions/0/schema/properties/amount/type",
        ),
        (with_action(schema={"$ref": "https://example.com/pay.json"}), "/actions/0/schema"),
        (with_action(schema={"$ref": "#/$defs/nowhere"}), "/actions/0/schema"),
        (with_action(schema={"patternProperties": {"a": {}}}), "/actions/0/schema"),
        (with_action(args={"amount": "much", "to": "Ana"}), "/actions/0/args/amount"),
        (with_action(args={"amount": 1}), "/actions/0/args/to"),
        (with_action(schema=None, allowed=["edit"]), "/actions/0/allowed"),
        (with_action(allowed=["reject", "reject"]), "/actions/0/allowed"),
        (with_action(response_schema={"type": 7}), "/actions/0/response_schema/type"),
        (with_action(schema=None, args={"x": "y" * 100_001}), "/actions/0/args"),
        ({"state": {"x": "y" * 500_001}}, "/state"),
        ({"metadata": {"x": "y" * 20_001}}, "/metadata"),
        ({"expires_at": "2020-01-01T00:00:00Z"}, "/expires_at"),
    ],
)
def test_what_no_person_could_answer_is_not_asked(fields: Any, pointer: str) -> None:
    response = ask(**fields)

    assert refused(response) == (422, "invalid_request")
    assert pointers(response) == [pointer]
    assert not Run.objects.exists()


def test_arguments_may_be_nested_only_so_deep() -> None:
    deep: Any = "x"
    for _ in range(33):
        deep = {"in": deep}

    response = ask(actions=[{"name": "pay", "args": deep}])

    assert pointers(response) == ["/actions/0/args"]


def test_arguments_that_must_be_edited_need_not_fit_yet() -> None:
    unfinished = with_action(args={"to": "Ana"}, allowed=["edit", "reject"])

    assert ask(**unfinished).status_code == 201


def test_every_fault_is_told_at_once() -> None:
    response = ask(actions=[PAY | {"args": {}}, PAY | {"schema": {"type": 1}}])

    assert pointers(response) == [
        "/actions/0/args/amount",
        "/actions/0/args/to",
        "/actions/1/schema/type",
    ]


# --- twice, at once, again


def test_asking_twice_with_a_key_asks_once() -> None:
    first, second = ask(key="order-7"), ask(key="order-7")

    assert second.json() == first.json()
    assert (second.status_code, second["Idempotency-Replayed"]) == (201, "true")
    assert Interrupt.objects.count() == 1


def test_a_key_is_good_for_as_long_as_the_request_is_there() -> None:
    first = ask(key="order-7", expires_in=60)
    IdempotencyKey.objects.all().delete()

    second = ask(key="order-7", expires_in=60)

    assert (second.status_code, second.json()["id"]) == (200, first.json()["id"])
    assert Interrupt.objects.count() == 1


def test_a_key_that_outlived_its_answer_still_belongs_to_one_request() -> None:
    ask(key="order-7")
    IdempotencyKey.objects.all().delete()

    assert refused(ask(key="order-7", title="Pay Ben")) == (422, "idempotency_key_reused")


def test_a_key_is_each_persons_own() -> None:
    ask(key="order-7")

    assert ask(stranger(), key="order-7").status_code == 201
    assert Interrupt.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_two_who_ask_at_once_with_one_key_get_one_request() -> None:
    client = alice()

    def go(_: int) -> int:
        try:
            return ask(client, key="order-7").json()["id"]
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        ids = set(pool.map(go, range(2)))

    assert ids == {Run.objects.get().pk}


def test_without_a_key_every_asking_is_a_request() -> None:
    ask()
    ask()

    assert Interrupt.objects.count() == 2


def test_the_schema_that_was_given_is_the_one_edits_are_held_against() -> None:
    request = asked()

    assert question_of(request).actions[0]["schema"] == SCHEMA
