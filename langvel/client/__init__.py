"""Ask people through a Langvel Approvals site, from any Python program.

with Client("https://approvals.example", token) as client:
    request = client.ask("Pay Ana 12.50", [Action("pay", {"to": "Ana", "amount": 12.5})])
    answer = request.wait(timeout=3600)
    if answer.approved:
        pay(**answer.args)
"""

from langvel.client.asynchronous import AsyncClient, AsyncRequest
from langvel.client.callback import Callback, verify_callback
from langvel.client.errors import (
    BadCallback,
    Cancelled,
    ClientError,
    Expired,
    Refused,
    Unreachable,
)
from langvel.client.synchronous import Client, Request
from langvel.client.values import Action, Answer, Decision

__all__ = [
    "Action",
    "Answer",
    "AsyncClient",
    "AsyncRequest",
    "BadCallback",
    "Callback",
    "Cancelled",
    "Client",
    "ClientError",
    "Decision",
    "Expired",
    "Refused",
    "Request",
    "Unreachable",
    "verify_callback",
]
