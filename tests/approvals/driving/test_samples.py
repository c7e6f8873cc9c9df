"""The whole loop on the samples: start, pause, decide, resume, with langvel's gate in between."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from approvals.exceptions import InvalidDecision
from approvals.models import Interrupt, Run
from tests.approvals.conftest import answer

pytestmark = pytest.mark.django_db(transaction=True)

Started = Callable[..., Run]
Drive = Callable[[Run | int], Run]

ORDER = {"order_id": "ORD-123", "amount": 15000, "customer_id": "CUST-456"}
REFUND = {
    "refund_id": "RF-1",
    "customer": "Ana",
    "amount": "129.90",
    "items": [{"sku": "LAMP-1", "quantity": 1, "unit_price": "99.90", "gift": False},
              {"sku": "BULB-3", "quantity": 3, "unit_price": "10.00", "gift": True}],
    "method": {"kind": "bank", "iban": "ES9121000418450200051332"},
    "ship_to": {"name": "Ana", "street": "Gran Via 1", "city": "Madrid", "postcode": "28013",
                "country": "ES"},
}  # fmt: skip


def edited(question: Interrupt, **changes: Any) -> list[dict[str, Any]]:
    return [{"type": "edit", "args": question.actions[0]["args"] | changes}]


def test_a_large_order_waits_for_a_person(started: Started) -> None:
    run = started("orders", input=ORDER)

    question = run.interrupts.get()
    assert (question.dialect, question.actions[0]["name"]) == ("langvel", "process_order")
    assert question.actions[0]["allowed"] == ["approve", "edit", "reject"]


def test_a_small_order_asks_nobody(started: Started) -> None:
    run = started("orders", input=ORDER | {"amount": 50})

    assert (run.status, run.result["approved_by"]) == ("success", "system")


def test_an_approved_order_is_processed_in_the_reviewers_name(
    started: Started, drive: Drive
) -> None:
    run = started("orders", input=ORDER)

    answer(run.interrupts.get(), decisions=[{"type": "approve"}], reason="known customer")
    run = drive(run)

    assert run.status == "success"
    assert (run.result["approved"], run.result["approved_by"]) == (True, "bob")
    assert run.result["error"] is None


def test_a_rejected_order_takes_the_rejection_path(started: Started, drive: Drive) -> None:
    run = started("orders", input=ORDER)

    answer(run.interrupts.get(), decisions=[{"type": "reject"}], reason="unknown customer")
    run = drive(run)

    assert run.status == "success"
    assert (run.result["approved"], run.result["error"]) == (False, "Order not approved")
    assert run.result["rejection_reason"] == "unknown customer"


def test_an_edited_refund_pays_what_the_reviewer_set(started: Started, drive: Drive) -> None:
    run = started("refunds", input=REFUND)
    question = run.interrupts.get()

    decision = answer(question, decisions=edited(question, amount="99.00"))
    run = drive(run)

    assert decision.patch == [[{"op": "replace", "path": "/amount", "value": "99.00"}]]
    assert run.result["metadata"]["receipt"]["amount"] == "99.00"
    assert run.result["metadata"]["receipt"]["approved_by"] == "bob"


def test_a_rejected_refund_pays_nothing(started: Started, drive: Drive) -> None:
    run = started("refunds", input=REFUND)

    answer(run.interrupts.get(), decisions=[{"type": "reject"}], reason="no")
    run = drive(run)

    assert (run.status, run.result["rejected"]) == ("success", True)
    assert "receipt" not in run.result["metadata"]


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"amount": "much"}, "/0/args/amount"),
        ({"amount": "-1"}, "/0/args/amount"),
        ({"amount": "9999.00"}, "/0/args"),
        ({"items": []}, "/0/args/items"),
        ({"method": {"kind": "bank", "iban": "x"}}, "/0/args/method/iban"),
        ({"send_at": "tomorrow"}, "/0/args/send_at"),
        ({"priority": "soon"}, "/0/args/priority"),
    ],
)
def test_an_edit_the_model_refuses_is_named_by_field(
    started: Started, changes: dict[str, Any], pointer: str
) -> None:
    question = started("refunds", input=REFUND).interrupts.get()

    with pytest.raises(InvalidDecision) as refused:
        answer(question, decisions=edited(question, **changes))

    assert pointer in [error["pointer"] for error in refused.value.errors]
    question.refresh_from_db()
    assert question.status == "pending"


def test_the_models_own_sentence_is_what_the_reviewer_reads(started: Started) -> None:
    question = started("refunds", input=REFUND).interrupts.get()

    with pytest.raises(InvalidDecision) as refused:
        answer(question, decisions=edited(question, amount="9999.00"))

    assert refused.value.errors == [
        {
            "pointer": "/0/args",
            "message": "The refund of 9999.00 exceeds the returned items, 129.90",
        }
    ]


@pytest.mark.parametrize(
    ("value", "sent", "body"),
    [(True, True, "Hello"), (False, False, "Hello"), ("Hi!", True, "Hi!")],
)
def test_the_mailer_does_what_it_was_answered(
    started: Started, drive: Drive, value: Any, sent: bool, body: str
) -> None:
    run = started("mailer", input={"to": "ana@example.com", "topic": "tea"})

    answer(run.interrupts.get(), value)
    run = drive(run)

    assert run.result["sent"] is sent
    assert run.result["body"].startswith(body)
