"""Reasons to choose from, for many questions at once: each item by what its own policy names."""

from __future__ import annotations

from typing import Any

import pytest

from approvals.models import AuditEntry, Decision
from tests.approvals.api.client import V1, as_token
from tests.approvals.policy.test_reasons import REASONS, asked
from tests.approvals.web.reading import words
from tests.approvals.web.test_bulk import item, send
from tests.factories import ACTION, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_registered")]

PAY = ACTION | {"allowed": ["approve", "reject"]}
STRICT = {"reasons": REASONS, "reason_required": True}


def post(items: list[dict[str, Any]], **shared: Any) -> list[dict[str, Any]]:
    client = as_token(make_user("bob", "reviewers"))
    return client.post(f"{V1}/interrupts/decide/", {"items": items} | shared).json()["results"]


def rejecting(question: Any, **fields: Any) -> dict[str, Any]:
    seen = {"id": question.pk, "version": question.version, "digest": question.digest}
    return seen | {"decisions": [{"type": "reject"}]} | fields


def codes() -> dict[int, str]:
    return dict(Decision.objects.values_list("interrupt", "reason_code"))


def test_the_sheet_offers_what_every_chosen_question_names(bob: Any) -> None:
    both, one = asked(), asked(policy={"reasons": ["too late", "duplicate"]})

    page = send(bob, "reject", [item(both), item(one)], do=False)

    assert page.context["reasons"] == ["duplicate"]
    assert "Reason duplicate another one" in words(page)


@pytest.mark.parametrize(("act", "policy"), [("approve", {"reasons": REASONS}), ("reject", {})])
def test_the_sheet_offers_none_to_approve_nor_where_none_are_named(
    bob: Any, act: str, policy: dict[str, Any]
) -> None:
    page = send(bob, act, [item(asked(policy=policy))], do=False)

    assert 'name="reason_code"' not in page.content.decode()


def test_rejecting_from_the_sheet_stores_it_with_each_and_in_each_history(bob: Any) -> None:
    first, second = asked(), asked(policy=STRICT)

    send(bob, "reject", [item(first), item(second)], reason_code="duplicate")

    assert codes() == {first.pk: "duplicate", second.pk: "duplicate"}
    entries = AuditEntry.objects.filter(action="question.decided")
    assert [entry.data["reason_code"] for entry in entries] == ["duplicate", "duplicate"]


def test_the_sheet_refuses_only_those_whose_policy_does_not_name_it(bob: Any) -> None:
    good, other = asked(), asked(policy={"reasons": ["too late"]})

    result = send(bob, "reject", [item(good), item(other)], reason_code="duplicate")

    assert codes() == {good.pk: "duplicate"}
    assert "This is none of the reasons there are to choose from." in words(result)


def test_the_sheet_says_of_each_that_it_takes_a_reason(bob: Any) -> None:
    free, strict = asked(), asked(policy=STRICT)

    result = send(bob, "reject", [item(free), item(strict)])

    assert codes() == {free.pk: ""}
    assert "Say why: this decision takes a reason." in words(result)


def test_approving_from_the_sheet_takes_none_along(bob: Any) -> None:
    question = asked()

    send(bob, "approve", [item(question)], reason_code="duplicate")

    assert codes() == {question.pk: ""}


def test_the_api_takes_one_for_all_and_an_item_its_own() -> None:
    first, second, third = (asked() for _ in range(3))
    items = [
        rejecting(first),
        rejecting(second, reason_code="wrong amount"),
        rejecting(third, reason_code=""),
    ]

    post(items, reason_code="duplicate")

    assert codes() == {first.pk: "duplicate", second.pk: "wrong amount", third.pk: ""}


def test_the_api_refuses_by_item_an_unknown_one_and_one_that_is_missing() -> None:
    good, unknown, missing = asked(), asked(), asked(policy=STRICT)
    items = [
        rejecting(good, reason_code="duplicate"),
        rejecting(unknown, reason_code="because"),
        rejecting(missing),
    ]

    results = post(items)

    assert [
        (one.get("code"), [fault["pointer"] for fault in one.get("errors", [])]) for one in results
    ] == [(None, []), ("care_needed", ["/reason_code"]), ("care_needed", ["/reason"])]
    assert codes() == {good.pk: "duplicate"}


def approving(question: Any, **fields: Any) -> dict[str, Any]:
    return rejecting(question) | {"decisions": [{"type": "approve"}]} | fields


def test_the_one_for_all_is_left_out_of_items_that_approve() -> None:
    approved, rejected, both = asked(), asked(), asked(actions=[PAY, PAY])
    mixed = [{"type": "approve"}, {"type": "reject"}]

    results = post(
        [approving(approved), rejecting(rejected), rejecting(both, decisions=mixed)],
        reason_code="duplicate",
    )

    assert [one["status"] for one in results] == ["decided"] * 3
    assert codes() == {approved.pk: "", rejected.pk: "duplicate", both.pk: "duplicate"}


def test_it_is_left_out_where_each_action_has_its_own() -> None:
    question = asked(actions=[PAY, PAY])
    own = [{"type": "reject", "reason_code": "wrong amount"}] * 2

    post([rejecting(question, decisions=own)], reason_code="duplicate")

    made = Decision.objects.get()
    assert (made.reason_code, made.decisions) == ("", own)


def test_a_reason_that_an_approving_item_gives_itself_is_refused() -> None:
    question = asked()

    (result,) = post([approving(question, reason_code="duplicate")])

    assert (result["code"], [one["pointer"] for one in result["errors"]]) == (
        "care_needed", ["/reason_code"],
    )  # fmt: skip
    assert codes() == {}


@pytest.mark.parametrize("decisions", [[None], ["reject"], [{}], [{"type": ["reject"]}], []])
def test_items_that_are_no_decisions_are_refused_by_themselves(decisions: Any) -> None:
    good, bad = asked(), asked()

    results = post([rejecting(good), rejecting(bad, decisions=decisions)], reason_code="duplicate")

    assert [one.get("http_status") for one in results] == [None, 422]
    assert codes() == {good.pk: "duplicate"}
