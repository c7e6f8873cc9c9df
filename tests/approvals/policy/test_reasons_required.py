"""A policy that wants a reason named with each rejection is heard at every door."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from approvals.exceptions import CareNeeded
from approvals.models import Decision, Interrupt
from approvals.policy import Asking, freeze
from tests.approvals.api.client import V1, as_token, pointers
from tests.approvals.policy.test_reasons import REASONS, asked, decided, place
from tests.approvals.policy.test_reasons_in_bulk import codes, post, rejecting
from tests.approvals.policy.test_reasons_of_actions import press, rejected
from tests.approvals.web.reading import fields, words
from tests.approvals.web.test_bulk import item, send
from tests.approvals.web.test_several_actions import MAIL, WIPE
from tests.factories import make_user

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_registered")]

OWED: dict[str, Any] = {"reasons": REASONS, "reason_code_required": True}
TOLD = "Choose one of the reasons: a rejection takes one here."
APPROVE, REJECT = {"type": "approve"}, {"type": "reject"}


def owing(**fields: Any) -> Interrupt:
    return asked(**{"policy": OWED} | fields)


def faults(question: Interrupt, *decisions: Any, **said: Any) -> list[str]:
    with pytest.raises(CareNeeded) as refused:
        decided(question, *decisions, **said)
    assert not Decision.objects.exists()
    return [fault["pointer"] for fault in refused.value.errors]


@pytest.mark.parametrize(
    ("policies", "owed"),
    [
        ([{"reasons": REASONS}], False),
        ([{"reason_code_required": True}], False),
        ([{"reasons": REASONS}, {"reason_code_required": True}], True),
        ([OWED, {"reason_code_required": False}], True),
    ],
)
def test_it_is_owed_once_one_policy_says_so_and_any_names_a_reason(
    settings: Any, policies: list[dict[str, Any]], owed: bool
) -> None:
    settings.LANGVEL_POLICIES = {"payments": policies}
    asking = Asking(agent_key="payments", node="pay", actions=[{"name": "pay", "args": {}}])

    assert freeze(asking).reason_code_required is owed


@pytest.mark.parametrize("said", [{}, {"reason": "of order 7"}])
def test_a_rejection_without_one_is_refused_whatever_else_it_says(said: dict[str, str]) -> None:
    assert faults(owing(), REJECT, **said) == ["/reason_code"]


def test_one_that_says_it_has_none_is_refused_where_it_says_so() -> None:
    assert faults(owing(), rejected("")) == ["/decisions/0/reason_code"]


@pytest.mark.parametrize(
    ("decision", "code"),
    [(REJECT, "duplicate"), (APPROVE, ""), ({"type": "respond", "message": "Ask Ana."}, "")],
)
def test_a_rejection_with_one_is_taken_and_all_else_without(decision: Any, code: str) -> None:
    assert decided(owing(), decision, reason_code=code).reason_code == code


def test_of_several_actions_each_that_is_rejected_owes_one() -> None:
    question = owing(actions=[WIPE] * 3)

    assert faults(question, APPROVE, REJECT, rejected("duplicate")) == ["/decisions/1/reason_code"]
    made = decided(question, APPROVE, REJECT, rejected("duplicate"), reason_code="wrong amount")
    assert made.reason_code == "wrong amount"


def test_a_reason_in_words_is_not_asked_for_where_the_one_that_is_owed_will_do() -> None:
    question = owing(policy=OWED | {"reason_required": True})

    assert faults(question, REJECT) == ["/reason_code"]
    assert faults(question, APPROVE) == ["/reason"]


def test_the_form_says_so_and_leaves_no_other_way(bob: Client) -> None:
    page = bob.get(place(owing()))

    assert "Reason, required wrong amount duplicate" in words(page)
    assert "Reason wrong amount duplicate another one" in words(page)  # to respond
    assert "~code:reject" not in fields(page)


def test_rejecting_without_one_comes_back_open_and_says_what_is_missing(bob: Client) -> None:
    question = owing()

    page = press(bob, question, verb="reject", **{"~reason": "of order 7"})

    assert (page.status_code, Decision.objects.exists()) == (422, False)
    assert words(page).count(TOLD) == 2  # on top, and beside the choice
    assert page.context["rejecting"] is True
    assert page.content.decode().count('aria-invalid="true"') == 1  # no words are missing
    assert fields(page)["~reason"] == "of order 7"
    press(bob, question, verb="reject", **{"~code:reject": "duplicate"})
    assert Decision.objects.get().reason_code == "duplicate"


def test_of_several_actions_it_is_told_where_it_is_missing(bob: Client) -> None:
    choice = {"a0:~verb": "approve", "a1:~verb": "reject"}

    page = press(bob, owing(actions=[MAIL, WIPE]), **choice)

    assert (page.status_code, Decision.objects.exists()) == (422, False)
    parts = [one.part.problems for one in page.context["question"].actions]
    assert parts == [{}, {"reason_code": TOLD}]


def test_rejecting_all_without_one_is_told_once_for_all(bob: Client) -> None:
    page = press(bob, owing(actions=[MAIL, WIPE]), verb="reject")

    question = page.context["question"]
    assert (page.status_code, page.context["rejecting"]) == (422, True)
    assert [one.part.problems for one in question.actions] == [{}, {}]
    assert question.problems == [TOLD]


def test_the_api_names_it_and_refuses_a_rejection_without() -> None:
    question, bob = owing(), as_token(make_user("bob", "reviewers"))
    address = f"{V1}/interrupts/{question.pk}/"
    assert bob.get(address).json()["policy"]["reason_code_required"] is True

    body = {"version": 1, "digest": question.digest, "decisions": [REJECT]}
    refused = bob.post(f"{address}decide/", body)

    assert (refused.status_code, refused.json()["code"]) == (422, "care_needed")
    assert pointers(refused) == ["/reason_code"]


@pytest.mark.parametrize("actions", [1, 2])
def test_so_does_the_address_by_thread_and_takes_one(actions: int) -> None:
    question = owing(actions=[WIPE] * actions)
    bob = as_token(make_user("bob", "reviewers"))
    said = {"thread_id": question.run.thread_id, "approved": False, "notes": "of order 7"}

    refused = bob.post(f"{V1}/approve", said)
    bob.post(f"{V1}/approve", said | {"reason_code": "duplicate"})

    assert (refused.status_code, pointers(refused)) == (422, ["/reason_code"])
    made = Decision.objects.get()
    assert (made.reason_code, made.reason) == ("duplicate", "of order 7")
    assert made.resume_value["decisions"][0]["message"] == "duplicate: of order 7"


def test_bulk_by_the_api_refuses_those_items_that_lack_one() -> None:
    free, first, second = asked(), owing(), owing()

    results = post([rejecting(free), rejecting(first), rejecting(second, reason_code="duplicate")])

    assert [one.get("code") for one in results] == [None, "care_needed", None]
    assert codes() == {free.pk: "", second.pk: "duplicate"}


def test_the_sheet_wants_one_for_all_once_any_of_them_owes_it(bob: Client) -> None:
    free, strict = asked(), owing()

    sheet = send(bob, "reject", [item(free), item(strict)], do=False)
    result = send(bob, "reject", [item(free), item(strict)])

    assert "Reason, required wrong amount duplicate Why, for all of them" in words(sheet)
    assert sheet.content.decode().count(" required>") == 2
    assert codes() == {free.pk: ""}
    assert TOLD in words(result)


def test_the_sheet_asks_for_none_to_approve(bob: Client) -> None:
    question = owing()

    assert "Reason" not in words(send(bob, "approve", [item(question)], do=False))
    send(bob, "approve", [item(question)])

    assert codes() == {question.pk: ""}
