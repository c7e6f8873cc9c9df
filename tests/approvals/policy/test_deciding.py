"""What a policy asks of a decision is asked by the server, whichever door it comes through."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.contrib.auth.models import Group

from approvals.exceptions import CareNeeded, NotInBulk, WrongGroup
from approvals.models import Decision, Interrupt, Run
from approvals.permissions import missing_groups
from approvals.policy import terms_of
from approvals.policy.care import Care
from approvals.services.decisions import decide
from tests.factories import ACTION, ARGS, make_interrupt, make_user

pytestmark = pytest.mark.django_db

APPROVE = {"type": "approve"}


def asked(**policy: Any) -> Interrupt:
    return make_interrupt(policy=policy)


def decided(question: Interrupt, *decisions: Any, **fields: Any) -> Decision:
    return decide(
        question.pk,
        actor=fields.pop("actor", None) or make_user("bob", "reviewers"),
        version=question.version,
        digest=question.digest,
        decisions=decisions or [APPROVE],
        via=fields.pop("via", "api"),
        auth_method="session",
        **fields,
    )


def refusal(question: Interrupt, *decisions: Any, **fields: Any) -> list[dict[str, str]]:
    with pytest.raises(CareNeeded) as refused:
        decided(question, *decisions, **fields)
    question.refresh_from_db()
    assert (question.status, question.version) == ("pending", 1)
    return refused.value.errors


def test_a_reason_is_asked_for() -> None:
    question = asked(reason_required=True)

    assert refusal(question, reason=" \n") == [
        {"pointer": "/reason", "message": "Say why: this decision takes a reason."}
    ]
    assert decided(question, reason="known").reason == "known"


def test_each_flagged_field_is_to_be_checked() -> None:
    question = asked(flagged=["/amount", "/note"])

    assert refusal(question, care=Care(checked=["/note", "/other"])) == [
        {"pointer": "/checked", "message": "Say that this was checked: /amount"}
    ]
    assert decided(question, care=Care(checked=["/amount", "/note"])).verb == "approve"


def test_a_rejection_takes_no_checking() -> None:
    question = asked(flagged=["/amount"], retype=["/amount"])

    assert decided(question, {"type": "reject"}).verb == "reject"


def test_with_several_actions_only_what_goes_through_is_checked() -> None:
    question = make_interrupt(
        actions=[ACTION, ACTION],
        dialect="langchain_batched",
        request={"action_requests": [{"name": "pay", "args": ARGS}] * 2, "review_configs": []},
        policy={"flagged": ["/0/amount", "/1/amount"], "retype": ["/1/amount"]},
    )

    errors = refusal(question, {"type": "reject"}, APPROVE)

    assert [error["pointer"] for error in errors] == ["/checked", "/retyped/~11~1amount"]
    assert errors[0]["message"].endswith(": /1/amount")


@pytest.mark.parametrize("typed", ["100", "100.0", " 100.00 "])
def test_a_value_typed_again_is_compared_as_a_number(typed: str) -> None:
    assert decided(asked(retype=["/amount"]), care=Care(retyped={"/amount": typed}))


def test_the_value_to_type_again_is_the_one_that_would_be_carried_out() -> None:
    question = make_interrupt(
        dialect="langchain_batched",
        request={"action_requests": [{"name": "pay", "args": ARGS}], "review_configs": []},
        policy={"retype": ["/note"]},
    )
    edit = {"type": "edit", "args": ARGS | {"note": "second"}}

    assert refusal(question, edit, care=Care(retyped={"/note": "first"})) == [
        {
            "pointer": "/retyped/~1note",
            "message": "This is not the value that would be carried out.",
        }
    ]


def test_a_question_for_itself_is_not_decided_in_bulk() -> None:
    question = asked(bulk=False)

    with pytest.raises(NotInBulk):
        decided(question, via="bulk")
    assert decided(question, via="api")


def test_only_members_of_its_groups_decide_a_question() -> None:
    Group.objects.create(name="finance")
    question = asked(groups=["finance", "legal"])

    with pytest.raises(WrongGroup, match="Only members of finance or legal may decide this"):
        decided(question)
    assert decided(question, actor=make_user("fay", "reviewers", "finance"))


def test_membership_is_read_when_it_is_used() -> None:
    Group.objects.create(name="finance")
    question, fay = asked(groups=["finance"]), make_user("fay", "reviewers", "finance")
    list(fay.groups.all())
    Group.objects.get(name="finance").user_set.clear()

    with pytest.raises(WrongGroup):
        decided(question, actor=fay)


def test_supervisors_may_decide_what_was_escalated() -> None:
    question = asked(groups=["finance"])
    carols = frozenset({"supervisors"})

    assert missing_groups(question, carols) == ["finance"]
    question.escalated_at = datetime(2026, 1, 1, tzinfo=UTC)
    assert missing_groups(question, carols) == []


@pytest.mark.django_db(transaction=True)
def test_a_samples_policies_are_frozen_when_it_asks(started: Callable[..., Run]) -> None:
    refund = {
        "refund_id": "R-1", "customer": "Ana", "amount": "780.00",
        "items": [{"sku": "LAMP-1", "quantity": 10, "unit_price": "99.90"}],
        "method": {"kind": "bank", "iban": "ES9121000418450200051332"},
        "ship_to": {"name": "Ana", "street": "Via 1", "city": "Madrid", "postcode": "28013"},
    }  # fmt: skip

    question = started("refunds", input=refund).interrupts.get()

    assert question.policy["flagged"] == ["/amount", "/method/iban"]
    assert question.policy["why"] == [
        "The amount is above the automatic limit of 100.00.",
        "A refund of 500.00 or more is checked field by field.",
    ]
    assert (question.risk, question.rank, question.policy["unlooked"]) == ("high", 1, 8)


@pytest.mark.parametrize(("amount", "risk"), [(15_000, "medium"), (250_000, "critical")])
def test_a_samples_own_words_are_heard(started: Callable[..., Run], amount: int, risk: str) -> None:
    order = {"order_id": "O-1", "amount": amount, "customer_id": "C-1"}
    terms = terms_of(started("orders", input=order).interrupts.get())

    assert (terms.risk, terms.confirm, terms.reason_required, terms.bulk, terms.retype) == (
        (risk, True, False, True, [])
        if risk == "medium"
        else (risk, True, True, False, ["/amount"])
    )
