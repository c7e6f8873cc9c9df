"""Refunds: a deep state with every kind of field a reviewer may meet and change.

Money is Decimal; the refund may not exceed the items returned, and that holds for a reviewer's
edit too. `pay` was not written to be refused, so a rejection ends the run before it.
"""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from langvel.core.agent import Agent
from langvel.core.policy import Policy
from langvel.routing.builder import GraphBuilder
from langvel.routing.plan import Risk
from langvel.state.base import StateModel

Money = Annotated[Decimal, Field(ge=0, max_digits=12, decimal_places=2)]

EDITABLE = (
    "amount",
    "reason",
    "priority",
    "items",
    "method",
    "ship_to",
    "send_at",
    "tags",
    "details",
    "letter",
)


class Reason(StrEnum):
    DAMAGED = "damaged"
    LATE = "late"
    WRONG_ITEM = "wrong_item"
    GOODWILL = "goodwill"


class Priority(StrEnum):
    LOW = "low"
    NORMAL = "normal"
    URGENT = "urgent"


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Item(Part):
    """One line of the returned order."""

    sku: str = Field(pattern=r"^[A-Z0-9-]{3,20}$", description="Stock number")
    quantity: int = Field(ge=1, le=999)
    unit_price: Money
    gift: bool = Field(False, description="Was wrapped as a gift")


class BankTransfer(Part):
    """Pay to a bank account."""

    kind: Literal["bank"] = "bank"
    iban: str = Field(pattern=r"^[A-Z]{2}\d{2}[A-Z0-9]{11,30}$", title="IBAN")


class CardRefund(Part):
    """Pay back to the card that was charged."""

    kind: Literal["card"] = "card"
    last4: str = Field(pattern=r"^\d{4}$", title="Last four digits")


class Address(Part):
    """Where the replacement or the papers go."""

    name: str
    street: str
    city: str
    postcode: str
    country: str = Field("DE", pattern=r"^[A-Z]{2}$", description="Two-letter country code")


class RefundState(StateModel):
    refund_id: str
    customer: str
    amount: Money
    currency: Literal["EUR", "USD", "GBP"] = "EUR"
    reason: Reason = Reason.DAMAGED
    priority: Priority = Priority.NORMAL
    items: list[Item] = Field(min_length=1)
    method: Annotated[BankTransfer | CardRefund, Field(discriminator="kind")]
    ship_to: Address
    send_at: datetime | None = Field(None, description="Pay no earlier than this")
    tags: list[str] = Field(default_factory=list)
    details: dict[str, Any] = Field(default_factory=dict, description="Whatever the shop knows")
    letter: str = Field("", description="What the customer will read (Markdown)")

    @property
    def returned_value(self) -> Decimal:
        return sum((item.quantity * item.unit_price for item in self.items), Decimal(0))

    @model_validator(mode="after")
    def _not_more_than_was_returned(self) -> Self:
        if self.amount > self.returned_value:
            raise ValueError(
                f"The refund of {self.amount} exceeds the returned items, {self.returned_value}"
            )
        return self


def risk_of(state: RefundState) -> Risk:
    if state.amount >= 5000:
        return "critical"
    return "high" if state.amount >= 500 else "medium"


def summary_of(state: RefundState) -> str:
    count = sum(item.quantity for item in state.items)
    return f"{count} returned ({state.reason.value.replace('_', ' ')}), priority {state.priority.value}."


def effect_of(state: RefundState) -> str:
    when = f"on {state.send_at:%d %B %Y}" if state.send_at else "at once"
    return f"{state.amount} {state.currency} go to {destination_of(state)}, {when}."


def destination_of(state: RefundState) -> str:
    if isinstance(state.method, BankTransfer):
        return f"account {state.method.iban}"
    return f"the card ending in {state.method.last4}"


class RefundAgent(Agent):
    """Drafts a refund with a letter to the customer, and pays it once a person agreed."""

    state_model = RefundState
    checkpointer = "postgres"
    policies = (
        Policy(
            when={"amount": {"gt": 100}},
            why="The amount is above the automatic limit of 100.00.",
        ),
        Policy(
            when={"amount": {"gte": 500}},
            why="A refund of 500.00 or more is checked field by field.",
            risk="high",
            flagged={
                "amount": "Compare it with the returned items.",
                "/method/iban": "Nobody has compared it with the customer's account.",
            },
        ),
        Policy(when={"amount": {"gte": 5000}}, risk="critical", retype="amount"),
    )

    def build_graph(self) -> GraphBuilder:
        return (
            self.start()
            .then(self.draft_letter)
            .interrupt(
                title="Refund {amount} {currency} to {customer}",
                summary=summary_of,
                effect=effect_of,
                editable=EDITABLE,
                risk=risk_of,
            )
            .then(self.pay)
            .end()
        )

    def draft_letter(self, state: RefundState) -> None:
        if state.letter:
            return
        lines = [f"- {item.quantity} of `{item.sku}` at {item.unit_price}" for item in state.items]
        state.letter = "\n".join(
            [
                f"# Your refund {state.refund_id}",
                "",
                f"Dear {state.customer},",
                "",
                f"we are sorry for the trouble. We refund **{state.amount} {state.currency}** for:",
                "",
                *lines,
                "",
                "The money is usually with you within three working days. Anything you kept "
                "as a gift is yours.",
                "",
                "Kind regards  ",
                "Customer care",
            ]
        )

    def pay(self, state: RefundState) -> None:
        state.metadata["receipt"] = {
            "number": f"PAID-{state.refund_id}",
            "amount": str(state.amount),
            "currency": state.currency,
            "to": destination_of(state),
            "approved_by": state.approved_by,
        }
