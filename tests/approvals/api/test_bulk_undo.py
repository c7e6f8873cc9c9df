"""Taking many decisions back from the API."""

from __future__ import annotations

from typing import Any

import pytest

from approvals.models import AuditEntry, Decision, Interrupt
from tests.approvals.api.client import V1, alice, bob, body, pointers, refused, stranger
from tests.approvals.api.test_bulk import BULK, item, outcomes
from tests.approvals.policy.test_undo import let_pass
from tests.factories import make_interrupt

pytestmark = pytest.mark.django_db

UNDO = f"{V1}/interrupts/undo/"


def decided(count: int = 3) -> list[Interrupt]:
    questions = [make_interrupt() for _ in range(count)]
    items = [item(question) for question in questions]
    assert bob().post(BULK, {"items": items, "undo_seconds": 60}).status_code == 200
    return questions


def test_many_are_taken_back_in_the_order_of_the_items() -> None:
    first, second, third = decided()

    response = bob().post(UNDO, {"items": [{"id": one.pk} for one in (third, first, second)]})

    assert [(row["id"], row["status"], row["version"]) for row in response.json()["results"]] == [
        (third.pk, "pending", 3),
        (first.pk, "pending", 3),
        (second.pk, "pending", 3),
    ]
    undone = AuditEntry.objects.filter(action="decision.undone")
    assert [entry.data["via"] for entry in undone] == ["bulk"] * 3


def test_without_a_window_in_bulk_there_is_nothing_to_take_back() -> None:
    question = make_interrupt()
    bob().post(BULK, {"items": [item(question)]})

    assert outcomes(bob().post(UNDO, {"items": [{"id": question.pk}]})) == [
        (question.pk, "error", "already_resumed")
    ]


def test_what_went_on_spoils_no_other() -> None:
    first, late, last = decided()
    let_pass(late)

    response = bob().post(UNDO, {"items": [{"id": one.pk} for one in (first, late, last)]})

    assert outcomes(response) == [
        (first.pk, "pending", None),
        (late.pk, "error", "already_resumed"),
        (last.pk, "pending", None),
    ]
    assert response.json()["results"][1]["current"]["decided_by"] == "bob"


def test_a_second_time_finds_nothing() -> None:
    questions = decided(2)
    sent = {"items": [{"id": one.pk} for one in questions]}

    bob().post(UNDO, sent)

    assert outcomes(bob().post(UNDO, sent)) == [
        (one.pk, "error", "not_decided") for one in questions
    ]


def test_a_repetition_with_its_key_gets_the_same_answer() -> None:
    sent = {"items": [{"id": one.pk} for one in decided(2)]}
    client, key = bob(), {"Idempotency-Key": "k"}

    answers = [client.post(UNDO, sent, headers=key).json() for _ in range(2)]

    assert answers[0] == answers[1]
    assert AuditEntry.objects.filter(action="decision.undone").count() == 2


def test_a_decision_made_since_is_left_alone() -> None:
    (question,) = decided(1)
    bob().post(UNDO, {"items": [{"id": question.pk, "version": 2}]})
    question.refresh_from_db()
    bob().post(f"{V1}/interrupts/{question.pk}/decide/", body(question, undo_seconds=60))

    response = bob().post(UNDO, {"items": [{"id": question.pk, "version": 2}]})

    assert outcomes(response) == [(question.pk, "error", "stale")]
    assert Decision.objects.exists()


@pytest.mark.parametrize(("who", "code"), [(alice, "forbidden"), (stranger, "not_found")])
def test_nobody_takes_back_in_bulk_what_they_could_not_alone(who: Any, code: str) -> None:
    (question,) = decided(1)

    assert outcomes(who().post(UNDO, {"items": [{"id": question.pk}]})) == [
        (question.pk, "error", code)
    ]


@pytest.mark.parametrize(
    ("items", "at"),
    [([], "/items"), ("x", "/items"), ([{}] * 101, "/items"), ([{"id": "x"}], "/items/0/id")],
)
def test_items_are_a_list_of_one_to_a_hundred(items: Any, at: str) -> None:
    response = bob().post(UNDO, {"items": items})

    assert refused(response) == (400, "malformed")
    assert pointers(response) == [at]
