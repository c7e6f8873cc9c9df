"""Pydantic models as people write them, and their raw schemas."""

from __future__ import annotations

from datetime import date, datetime, time
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field


class Priority(StrEnum):
    low = "low"
    high = "high"


class Address(BaseModel):
    street: str
    city: str
    country: str = Field(pattern="^[A-Z]{2}$", description="ISO 3166-1 alpha-2")


class Item(BaseModel):
    sku: str
    quantity: int = Field(ge=1)
    unit_price: Decimal
    gift: bool = False


class Bank(BaseModel):
    kind: Literal["bank"] = "bank"
    iban: str
    reference: str | None = None


class Card(BaseModel):
    kind: Literal["card"] = "card"
    last4: str


class Cat(BaseModel):
    meows: int


class Dog(BaseModel):
    barks: int
    breed: str = "unknown"


class Tree(BaseModel):
    name: str
    children: list[Tree] = []
    best: Tree | None = None


class Refund(BaseModel):
    title: str = Field(max_length=80, description="Shown to the customer")
    body: str = Field(json_schema_extra={"format": "markdown"})
    priority: Priority = Priority.low
    amount: Decimal = Field(title="Amount (EUR)")
    send_at: datetime | None = None
    due: date | None = None
    at: time | None = None
    notify: bool = True
    agreed: bool | None = None
    level: Literal[1, "1", True, 1.5, None] = 1
    tags: list[str] = []
    codes: set[int] = set()
    ship_to: Address | None = None
    items: list[Item] = []
    method: Annotated[Bank | Card, Field(discriminator="kind")]
    pet: Cat | Dog | None = None
    reviewer_hint: int | str | None = None
    metadata: dict[str, Any] = {}
    prices: dict[str, Decimal] = {}
    point: tuple[int, str] = (0, "")
    tree: Tree | None = None


SCHEMA = Refund.model_json_schema()


def refund(**changes: Any) -> dict[str, Any]:
    """The JSON of one refund."""
    values: dict[str, Any] = {
        "title": "Refund for order 10023",
        "body": "Hello **Ana**,\n\nwe are sorry about the broken lamp.",
        "amount": "129.90",
        "send_at": "2026-11-24T09:00:00Z",
        "tags": ["refund", "vip"],
        "ship_to": {"street": "Gran Via 1", "city": "Madrid", "country": "ES"},
        "items": [
            {"sku": "LAMP-1", "quantity": 1, "unit_price": "99.90"},
            {"sku": "BULB-3", "quantity": 3, "unit_price": "10.00", "gift": True},
        ],
        "method": {"kind": "bank", "iban": "ES9121000418450200051332"},
        "metadata": {"model": "gpt-x", "confidence": 0.62},
    }
    return Refund(**{**values, **changes}).model_dump(mode="json")
