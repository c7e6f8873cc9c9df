"""Requests as a program makes them."""

from __future__ import annotations

from typing import Any

from rest_framework.test import APIClient

from approvals.models import ExternalRequest, Interrupt
from tests.approvals.api.client import V1, alice, body

REQUESTS = f"{V1}/requests/"
SCHEMA = {
    "type": "object",
    "properties": {"amount": {"type": "number"}, "to": {"type": "string"}},
    "required": ["amount", "to"],
    "additionalProperties": False,
}
PAY = {"name": "pay", "args": {"amount": 12.5, "to": "Ana"}, "schema": SCHEMA}
ASK = {"title": "Pay Ana 12.50", "actions": [PAY]}


def ask(client: APIClient | None = None, *, key: str = "", **fields: Any) -> Any:
    """What the site answers to alice, or whose client it is, asking to pay Ana."""
    headers = {"Idempotency-Key": key} if key else {}
    return (client or alice()).post(REQUESTS, ASK | fields, headers=headers)


def asked(**fields: Any) -> ExternalRequest:
    response = ask(**fields)
    assert response.status_code == 201, response.json()
    return ExternalRequest.objects.get(pk=response.json()["id"])


def at(request: ExternalRequest, *more: str) -> str:
    return f"{REQUESTS}{request.pk}/{''.join(more)}"


def question_of(request: ExternalRequest) -> Interrupt:
    return Interrupt.objects.get(asked=request)


def decide(client: APIClient, request: ExternalRequest, *decisions: Any, **fields: Any) -> Any:
    """What the site answers to a reviewer who has just seen the question."""
    question = question_of(request)
    made = list(decisions or [{"type": "approve"}])
    where = f"{V1}/interrupts/{question.pk}/decide/"
    return client.post(where, body(question, decisions=made, **fields))
