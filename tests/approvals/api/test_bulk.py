from __future__ import annotations

from threading import Barrier
from typing import Any

import pytest
from rest_framework.test import APIClient

from approvals.models import Decision, Interrupt
from tests.approvals.api.client import V1, alice, bob, body, pointers, refused, stranger
from tests.approvals.conftest import jobs
from tests.approvals.services.test_decide import together
from tests.factories import make_decision, make_interrupt, make_run, make_user

pytestmark = pytest.mark.django_db

BULK = f"{V1}/interrupts/decide/"


def item(question: Interrupt, **fields: Any) -> dict[str, Any]:
    return {"id": question.pk} | body(question, **fields)


def outcomes(response: Any) -> list[tuple[Any, str, str | None]]:
    return [(row["id"], row["status"], row.get("code")) for row in response.json()["results"]]


def test_many_are_decided_at_once_in_the_order_of_the_items() -> None:
    first, second, third = (make_interrupt() for _ in range(3))
    no = [{"type": "reject", "message": "no"}]

    response = bob().post(BULK, {"items": [item(third), item(first, decisions=no), item(second)]})

    assert response.status_code == 200
    assert [(row["id"], row["status"], row["verb"]) for row in response.json()["results"]] == [
        (third.pk, "decided", "approve"),
        (first.pk, "decided", "reject"),
        (second.pk, "decided", "approve"),
    ]
    assert sorted(jobs()) == [("approvals.drive", row.run_id) for row in (first, second, third)]


def test_a_bulk_decision_says_so_and_keeps_the_reason() -> None:
    question = make_interrupt()

    bob().post(BULK, {"items": [item(question)], "reason": "month end"})

    decision = Decision.objects.get()
    assert (decision.via, decision.reason) == ("bulk", "month end")


def test_one_refused_item_spoils_no_other() -> None:
    good, decided, own, cancelled, stale, wrong, last = (
        make_interrupt(run=make_run(requested_by=make_user(name, "requesters")))
        for name in ("a", "b", "bob", "d", "e", "f", "g")
    )
    client = bob()
    make_decision(decided, actor=make_user("carol", "reviewers"))
    Interrupt.objects.filter(pk=cancelled.pk).update(status="cancelled")

    response = client.post(
        BULK,
        {
            "items": [
                item(good),
                item(decided),
                item(own),
                item(cancelled),
                item(stale, version=9),
                item(wrong, decisions=[{"type": "respond", "value": 1}]),
                item(good) | {"id": 10**30},
                item(last),
            ]
        },
    )

    assert outcomes(response) == [
        (good.pk, "decided", None),
        (decided.pk, "error", "already_decided"),
        (own.pk, "error", "own_request"),
        (cancelled.pk, "error", "not_pending"),
        (stale.pk, "error", "stale"),
        (wrong.pk, "error", "invalid_decision"),
        (10**30, "error", "not_found"),
        (last.pk, "decided", None),
    ]
    assert [row.get("http_status") for row in response.json()["results"]] == [
        None, 409, 403, 409, 409, 422, 404, None,
    ]  # fmt: skip
    assert Decision.objects.filter(via="bulk").count() == 2


def test_a_refused_item_says_what_it_would_have_said_alone() -> None:
    good, wrong, late = (make_interrupt() for _ in range(3))
    make_decision(late, actor=make_user("carol", "reviewers"))

    items = [item(good), item(wrong, decisions=[{"type": "edit"}]), item(late)]
    _, invalid, conflict = bob().post(BULK, {"items": items}).json()["results"]

    assert invalid["errors"] == [
        {
            "pointer": "/items/1/decisions/0/args",
            "message": "an edit carries the whole arguments as an object",
        }
    ]
    assert conflict["current"]["decided_by"] == "carol"


@pytest.mark.parametrize(
    ("bad", "shown_id", "at"),
    [
        (None, None, "/items/1"),
        ("x", None, "/items/1"),
        ([], None, "/items/1"),
        ({"id": "7", "version": 1, "digest": "x", "decisions": []}, None, "/items/1/id"),
        ({"id": True, "version": 1, "digest": "x", "decisions": []}, None, "/items/1/id"),
        ({"id": 7, "digest": "x", "decisions": []}, 7, "/items/1/version"),
        ({"id": 7, "version": 1, "digest": "x", "decisions": 5}, 7, "/items/1/decisions"),
    ],
)
def test_a_malformed_item_spoils_no_other(bad: Any, shown_id: int | None, at: str) -> None:
    question = make_interrupt()

    response = bob().post(BULK, {"items": [item(question), bad]})

    good, refusal = response.json()["results"]
    assert good["status"] == "decided"
    assert (refusal["id"], refusal["code"], refusal["http_status"]) == (shown_id, "malformed", 400)
    assert [fault["pointer"] for fault in refusal["errors"]] == [at]


def test_an_item_that_comes_twice_is_decided_once() -> None:
    question = make_interrupt()

    response = bob().post(BULK, {"items": [item(question), item(question)]})

    assert outcomes(response) == [
        (question.pk, "decided", None),
        (question.pk, "error", "already_decided"),
    ]


def test_the_questions_of_one_run_wake_it_once() -> None:
    run = make_run()
    questions = [make_interrupt(run=run) for _ in range(3)]

    bob().post(BULK, {"items": [item(question) for question in questions]})

    assert jobs() == [("approvals.drive", run.pk)]


@pytest.mark.parametrize("items", [[], "x", None, {"id": 1}, [{}] * 101])
def test_items_are_a_list_of_one_to_a_hundred(items: Any) -> None:
    response = bob().post(BULK, {"items": items})

    assert refused(response) == (400, "malformed")
    assert pointers(response) == ["/items"]


def test_a_hundred_are_decided_at_once() -> None:
    questions = [make_interrupt() for _ in range(100)]

    response = bob().post(BULK, {"items": [item(question) for question in questions]})

    assert [status for _, status, _ in outcomes(response)] == ["decided"] * 100


@pytest.mark.parametrize(("who", "code"), [(alice, "own_request"), (stranger, "not_found")])
def test_nobody_gets_through_in_bulk_who_would_not_alone(who: Any, code: str) -> None:
    question = make_interrupt()

    response = who().post(BULK, {"items": [item(question)]})

    assert outcomes(response) == [(question.pk, "error", code)]


@pytest.mark.django_db(transaction=True)
def test_two_people_decide_the_questions_of_the_same_runs_without_a_deadlock() -> None:
    left, right = make_run(), make_run()
    ours = [item(make_interrupt(run=run)) for run in (left, right) * 5]
    theirs = [item(make_interrupt(run=run)) for run in (right, left) * 5]
    clients, barrier = [bob(), bob()], Barrier(2)

    def decide(client: APIClient, items: list[dict[str, Any]]) -> Any:
        barrier.wait()
        return client.post(BULK, {"items": items})

    answers = together([lambda: decide(clients[0], ours), lambda: decide(clients[1], theirs)])

    assert [answer.status_code for answer in answers] == [200, 200]
    assert Decision.objects.count() == 20
