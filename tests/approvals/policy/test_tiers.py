"""Whoever calls a question critical, agent or policy: no door approves it with less care."""

from __future__ import annotations

from typing import Any

import pytest

from approvals.exceptions import CareNeeded, NotInBulk
from approvals.models import Decision, Interrupt
from approvals.policy import Asking, freeze
from approvals.policy.care import Care
from approvals.services.decisions import decide
from tests.approvals.api.client import V1, as_token
from tests.approvals.web.reading import fields, words
from tests.factories import ACTION, ARGS, make_interrupt, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_registered")]

CARE = Care(retyped={"/amount": "100"})


@pytest.fixture
def question() -> Interrupt:
    """As its agent alone called it; no policy knows of it."""
    terms = freeze(
        Asking(
            agent_key="asks", node="pay", actions=[{"name": "pay", "args": ARGS}], risk="critical"
        )
    )
    return make_interrupt(policy=terms.as_json(), risk=terms.risk)


def decided(question: Interrupt, **fields: Any) -> Decision:
    return decide(
        question.pk,
        actor=make_user("bob", "reviewers"),
        version=question.version,
        digest=question.digest,
        decisions=[{"type": "approve"}],
        auth_method="session",
        **fields,
    )


def waits(question: Interrupt) -> bool:
    question.refresh_from_db()
    return question.is_pending and not Decision.objects.exists()


def test_what_is_missing_at_critical_risk(question: Interrupt) -> None:
    with pytest.raises(CareNeeded) as refused:
        decided(question, via="api")

    assert [fault["pointer"] for fault in refused.value.errors] == ["/reason", "/retyped/~1amount"]
    assert waits(question)


@pytest.mark.parametrize(
    "care",
    [
        {"reason": "ok"},
        {"care": CARE},
        {"reason": "ok", "care": Care(retyped={"/amount": "10"})},
        {"reason": " ", "care": CARE},
    ],
)
def test_half_of_the_care_is_none(question: Interrupt, care: dict[str, Any]) -> None:
    with pytest.raises(CareNeeded):
        decided(question, via="api", **care)

    assert waits(question)


def test_all_of_it_approves(question: Interrupt) -> None:
    assert decided(question, via="api", reason="ok", care=CARE).verb == "approve"


def test_not_together_with_others_however_careful(question: Interrupt) -> None:
    with pytest.raises(NotInBulk):
        decided(question, via="bulk", reason="ok", care=CARE)


def test_the_pages_two_presses_are_not_enough(question: Interrupt, bob: Any) -> None:
    place = f"/interrupts/{question.pk}/"
    page = bob.get(place)
    for _ in range(2):
        page = bob.post(f"{place}decide/", fields(page) | {"verb": "approve"})

    assert page.status_code == 422
    assert waits(question)


def test_with_care_the_page_still_asks_for_the_second_press(question: Interrupt, bob: Any) -> None:
    place = f"/interrupts/{question.pk}/"
    careful = {"verb": "approve", "~note": "ok", "~retyped:/amount": "100"}
    first = bob.post(f"{place}decide/", fields(bob.get(place)) | careful)
    assert (first.status_code, waits(question)) == (200, True)
    assert "press the same button again" in words(first)

    second = bob.post(f"{place}decide/", fields(first) | careful)

    assert (second.status_code, waits(question)) == (303, False)


def test_the_api_asks_for_the_same(question: Interrupt) -> None:
    bob = as_token(make_user("bob", "reviewers"))
    body = {
        "version": 1, "digest": question.digest,
        "decisions": [{"type": "approve"}], "reason": "ok",
    }  # fmt: skip

    refused = bob.post(f"{V1}/interrupts/{question.pk}/decide/", body)
    accepted = bob.post(
        f"{V1}/interrupts/{question.pk}/decide/", body | {"retyped": {"/amount": "100.00"}}
    )

    assert (refused.status_code, refused.json()["code"]) == (422, "care_needed")
    assert accepted.status_code == 200


def test_the_guides_endpoint_asks_for_the_same(question: Interrupt) -> None:
    bob = as_token(make_user("bob", "reviewers"))
    body = {"thread_id": question.run.thread_id, "approved": True}

    refused = bob.post(f"{V1}/approve", body)
    assert (refused.status_code, waits(question)) == (422, True)
    assert [fault["pointer"] for fault in refused.json()["errors"]] == [
        "/notes",
        "/retyped/~1amount",
    ]

    accepted = bob.post(f"{V1}/approve", body | {"notes": "ok", "retyped": {"/amount": "100"}})

    assert (accepted.status_code, waits(question)) == (200, False)


def test_a_rejection_takes_a_reason_and_nothing_to_type(question: Interrupt) -> None:
    bob = as_token(make_user("bob", "reviewers"))
    body = {"thread_id": question.run.thread_id, "approved": False, "notes": "no"}

    assert bob.post(f"{V1}/approve", body).status_code == 200


def test_the_name_of_an_action_stands_in_for_a_value() -> None:
    question = make_interrupt(policy={"retype": [""]})

    with pytest.raises(CareNeeded):
        decided(question, via="api", care=Care(retyped={"": "something"}))

    typed = Care(retyped={"": ACTION["name"]})
    assert decided(question, via="api", care=typed).verb == "approve"
