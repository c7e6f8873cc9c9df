"""The sample agents, driven as the site drives them."""

import json
from decimal import Decimal
from typing import Any

import pytest
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.types import Command
from pydantic import ValidationError

from agents.samples.mailer import mail_graph
from agents.samples.orders import OrderApprovalAgent
from agents.samples.refunds import RefundAgent
from langvel.checkpointers.serializer import strict_serializer
from langvel.core.agent import Agent
from langvel.testing import approve, rehearse, reject

CONFIG: Any = {"configurable": {"thread_id": "1"}}
BY = {"by": "bob", "at": "2026-11-23T10:00:00Z"}

REFUND: dict[str, Any] = {
    "refund_id": "RF-7",
    "customer": "Ann Example",
    "amount": "19.90",
    "reason": "late",
    "items": [{"sku": "ABC-1", "quantity": 2, "unit_price": "9.95", "gift": True}],
    "method": {"kind": "card", "last4": "1234"},
    "ship_to": {"name": "Ann", "street": "Way 1", "city": "Ulm", "postcode": "89073"},
    "send_at": "2026-12-01T10:00:00Z",
    "tags": ["vip"],
    "details": {"ticket": 5, "history": [{"seen": None}]},
}


def compiled(agent: Agent) -> Any:
    saver = InMemorySaver(serde=strict_serializer(agent.serializable_types()))
    return agent.compile(checkpointer=saver)


async def begin(agent: Agent, values: dict[str, Any]) -> tuple[Any, dict[str, Any], Any]:
    graph = compiled(agent)
    state = await graph.ainvoke(agent.prepare_input(values), CONFIG, durability="sync")
    return graph, state, next(iter(state.get("__interrupt__", [])), None)


async def answer(graph: Any, question: Any, decision: Any) -> Any:
    return await graph.ainvoke(Command(resume={question.id: decision}), CONFIG, durability="sync")


async def test_a_large_order_waits_and_writes_a_receipt() -> None:
    order = {"order_id": "O-1", "amount": 15000, "customer_id": "C-1"}

    done = await rehearse(OrderApprovalAgent, order, approve(by="bob"))

    (pause,) = done.pauses
    assert (pause.title, pause.risk) == ("Process order O-1 for 15,000.00", "medium")
    assert pause.args == {**order, "amount": 15000.0}
    assert done.state.metadata["receipt"] == {
        "number": "R-O-1",
        "amount": 15000.0,
        "approved_by": "bob",
    }


async def test_a_rejected_order_is_not_processed_and_says_so() -> None:
    order = {"order_id": "O-1", "amount": 15000, "customer_id": "C-1"}

    done = await rehearse(OrderApprovalAgent, order, reject("no"))

    assert (done.state.error, done.state.metadata) == ("Order not approved", {})


async def test_a_small_order_is_approved_by_the_system() -> None:
    _, state, question = await begin(
        OrderApprovalAgent(), {"order_id": "O-2", "amount": 10, "customer_id": "C-1"}
    )

    assert (question, state["approved_by"]) == (None, "system")


async def test_a_refund_shows_deep_editable_data() -> None:
    _, _, question = await begin(RefundAgent(), REFUND)

    request = question.value
    assert request == json.loads(json.dumps(request))
    assert (request["title"], request["risk"], request["action"]["name"]) == (
        "Refund 19.90 EUR to Ann Example",
        "medium",
        "pay",
    )
    assert request["effect"] == "19.90 EUR go to the card ending in 1234, on 01 December 2026."
    shown = {key: value for key, value in request["action"]["args"].items() if key != "letter"}
    assert shown == {
        **{key: REFUND[key] for key in ("amount", "reason", "items", "method", "tags")},
        "priority": "normal",
        "send_at": "2026-12-01T10:00:00Z",
        "ship_to": {**REFUND["ship_to"], "country": "DE"},
        "details": REFUND["details"],
    }


async def test_an_edited_refund_pays_what_was_edited() -> None:
    agent = RefundAgent()
    graph, _, question = await begin(agent, REFUND)
    args = {
        **question.value["action"]["args"],
        "amount": "10.00",
        "method": {"kind": "bank", "iban": "DE02120300000000202051"},
    }
    agent.validate_edit(question.value["state"], args)

    state = await answer(graph, question, {"type": "edit", "args": args, **BY})

    assert state["amount"] == Decimal("10.00")
    assert state["metadata"]["receipt"] == {
        "number": "PAID-RF-7",
        "amount": "10.00",
        "currency": "EUR",
        "to": "account DE02120300000000202051",
        "approved_by": "bob",
    }


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"amount": "20.00"}, ()),
        ({"amount": "-1"}, ("amount",)),
        ({"amount": "1.001"}, ("amount",)),
        ({"reason": "bored"}, ("reason",)),
        ({"items": []}, ("items",)),
        (
            {"items": [{"sku": "ABC-1", "quantity": 0, "unit_price": "99"}]},
            ("items", 0, "quantity"),
        ),
        ({"ship_to": {**REFUND["ship_to"], "country": "Germany"}}, ("ship_to", "country")),
        ({"method": {"kind": "card", "last4": "12"}}, ("method", "card", "last4")),
        ({"method": {"kind": "cash"}}, ("method",)),
    ],
)
async def test_a_wrong_edit_of_a_refund_is_named_before_it_is_sent(
    change: dict[str, Any], place: tuple[Any, ...]
) -> None:
    agent = RefundAgent()
    _, _, question = await begin(agent, REFUND)

    with pytest.raises(ValidationError) as caught:
        agent.validate_edit(question.value["state"], change)

    assert [error["loc"] for error in caught.value.errors()] == [place]


async def test_a_rejected_refund_pays_nothing() -> None:
    graph, _, question = await begin(RefundAgent(), REFUND)

    state = await answer(graph, question, {"type": "reject", "message": "no", **BY})

    assert (state["metadata"], state["rejection_reason"]) == ({}, "no")
    assert (await graph.aget_state(CONFIG)).next == ()


@pytest.mark.parametrize(
    ("said", "sent", "body"),
    [
        (True, True, None),
        (False, False, None),
        (None, False, None),
        ("", False, None),
        ({"anything": 1}, False, None),
        ("Better words", True, "Better words"),
    ],
)
async def test_the_mail_goes_out_on_a_clear_yes_only(
    said: Any, sent: bool, body: str | None
) -> None:
    graph = mail_graph().compile(checkpointer=InMemorySaver())
    asked = await graph.ainvoke({"to": "ann@example.com", "topic": "rent"}, CONFIG)

    state = await answer(graph, asked["__interrupt__"][0], said)

    assert (state["sent"], state["body"]) == (sent, body or asked["body"])
