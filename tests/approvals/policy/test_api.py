"""Policies and undo from the API."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import Group

from approvals.models import Decision, Interrupt
from tests.approvals.api.client import V1, as_token, bob, body, pointers
from tests.approvals.policy.test_undo import let_pass
from tests.factories import make_interrupt, make_user

pytestmark = pytest.mark.django_db


def path(question: Interrupt, verb: str = "decide") -> str:
    return f"{V1}/interrupts/{question.pk}/{verb}/"


def asked(**policy: Any) -> Interrupt:
    return make_interrupt(policy=policy)


def test_the_policy_a_question_was_asked_under_is_shown() -> None:
    question = asked(flagged=["/amount"], reason_required=True)

    assert bob().get(f"{V1}/interrupts/{question.pk}/").json()["policy"] == {
        "flagged": ["/amount"],
        "reason_required": True,
    }


def test_missing_care_is_refused_by_pointers_into_the_body() -> None:
    question = asked(flagged=["/amount"], reason_required=True, retype=["/amount"])

    response = bob().post(path(question), body(question))

    assert (response.status_code, response.json()["code"]) == (422, "care_needed")
    assert sorted(pointers(response)) == ["/checked", "/reason", "/retyped/~1amount"]
    assert not Decision.objects.exists()


def test_care_goes_with_the_decision() -> None:
    question = asked(flagged=["/amount"], reason_required=True, retype=["/amount"])
    care = {"checked": ["/amount"], "retyped": {"/amount": "100"}, "reason": "invoice 7"}

    assert bob().post(path(question), body(question) | care).status_code == 200


@pytest.mark.parametrize("care", [{"checked": "/amount"}, {"checked": [1]}, {"retyped": ["x"]}])
def test_care_of_another_kind_is_malformed(care: dict[str, Any]) -> None:
    question = asked(flagged=["/amount"])

    response = bob().post(path(question), body(question) | care)

    assert (response.status_code, response.json()["code"]) == (400, "malformed")


def test_only_members_of_its_groups_decide() -> None:
    Group.objects.create(name="finance")
    question = asked(groups=["finance"])

    response = bob().post(path(question), body(question))

    assert (response.status_code, response.json()["code"]) == (403, "wrong_group")
    fay = as_token(make_user("fay", "reviewers", "finance"))
    assert fay.post(path(question), body(question)).status_code == 200


def test_a_question_for_itself_is_left_out_of_a_bulk() -> None:
    alone, together = asked(bulk=False), asked()
    items = [{"id": one.pk} | body(one) for one in (alone, together)]

    response = bob().post(f"{V1}/interrupts/decide/", {"items": items})

    results = response.json()["results"]
    assert [one["status"] for one in results] == ["error", "decided"]
    assert (results[0]["http_status"], results[0]["code"]) == (422, "not_in_bulk")


def test_the_guides_endpoint_points_to_its_notes() -> None:
    question = asked(reason_required=True, flagged=["/amount"])
    said = {"thread_id": question.run.thread_id, "approved": True}

    response = bob().post(f"{V1}/approve", said)

    assert response.status_code == 422
    assert sorted(pointers(response)) == ["/checked", "/notes"]


def test_pending_approvals_know_the_groups() -> None:
    Group.objects.create(name="finance")
    asked(groups=["finance"])

    def can_decide(client: Any) -> list[bool]:
        rows = client.get(f"{V1}/pending-approvals").json()["results"]
        return [row["can_decide"] for row in rows]

    assert can_decide(bob()) == [False]
    assert can_decide(as_token(make_user("fay", "reviewers", "finance"))) == [True]


def test_a_decision_is_taken_back_within_its_window() -> None:
    question = asked()
    bob().post(path(question), body(question) | {"undo_seconds": 60})

    response = bob().post(path(question, "undo"))

    assert (response.status_code, response.json()) == (
        200,
        {"id": question.pk, "status": "pending", "version": 3, "digest": question.digest},
    )


def test_without_a_window_the_api_takes_nothing_back() -> None:
    question = asked()
    bob().post(path(question), body(question))

    response = bob().post(path(question, "undo"))

    assert (response.status_code, response.json()["code"]) == (409, "already_resumed")
    assert response.json()["current"]["decided_by"] == "bob"


def test_taking_back_twice_is_said_and_a_repeated_request_is_answered_again() -> None:
    question = asked()
    bob().post(path(question), body(question) | {"undo_seconds": 60})

    first = bob().post(path(question, "undo"), headers={"Idempotency-Key": "k"})
    replayed = bob().post(path(question, "undo"), headers={"Idempotency-Key": "k"})
    again = bob().post(path(question, "undo"))

    assert (first.status_code, replayed.json()) == (200, first.json())
    assert (again.status_code, again.json()["code"]) == (409, "not_decided")


def test_who_may_take_back() -> None:
    question = asked()
    bob().post(path(question), body(question) | {"undo_seconds": 60})
    url = path(question, "undo")

    ravi = as_token(make_user("ravi", "reviewers"))
    eve = as_token(make_user("eve", "requesters"))
    reader = as_token(make_user("bob", "reviewers"), "interrupts:read")
    assert ravi.post(url).status_code == 403
    assert eve.post(url).status_code == 404
    assert reader.post(url).status_code == 403
    assert Decision.objects.exists()


def test_a_window_that_is_over_says_when_the_run_went_on() -> None:
    question = asked()
    bob().post(path(question), body(question) | {"undo_seconds": 60})
    let_pass(question)

    assert bob().post(path(question, "undo")).json()["detail"].startswith("Already resumed at ")
