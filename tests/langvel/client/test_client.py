"""The client against the real site, over a real connection."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connections
from pydantic import BaseModel

from approvals.api import waiting
from approvals.models import ExternalRequest, Interrupt
from approvals.requests.closing import expire
from langvel.client import (
    Action,
    AsyncClient,
    Cancelled,
    Client,
    ClientError,
    Expired,
    Refused,
    Request,
    Unreachable,
)
from tests.approvals.api.client import bob
from tests.approvals.requests.asking import PAY, decide, question_of
from tests.langvel.client.conftest import LOSE, Line

pytestmark = pytest.mark.django_db(transaction=True)

Later = Callable[..., Future[Any]]
TITLE = "Pay Ana 12.50"


def stored(request: Any) -> ExternalRequest:
    return ExternalRequest.objects.get(pk=request.id)


def ask(client: Client, **fields: Any) -> Request:
    return client.ask(**{"title": TITLE, "actions": [PAY]} | fields)


# --- asking and being answered


def test_a_program_waits_until_somebody_has_decided(client: Client, later: Later) -> None:
    decision = later({"type": "edit", "args": {"amount": 10, "to": "Ana"}, "message": "less"})

    answer = ask(client).wait(timeout=30)

    assert decision.result(timeout=10).status_code == 200
    assert (answer.approved, answer.args, answer.decided_by) == (
        True,
        {"amount": 10, "to": "Ana"},
        "bob",
    )
    assert (answer.decisions[0].type, answer.decisions[0].message) == ("edit", "less")
    assert datetime.now(UTC) - answer.decided_at < timedelta(minutes=1)


def test_a_rejection_has_nothing_to_act_with(client: Client) -> None:
    request = ask(client)
    decide(bob(), stored(request), {"type": "reject", "message": "not him"}, reason="fraud")

    answer = request.wait()

    assert (answer.approved, answer.reason) == (False, "fraud")
    with pytest.raises(ValueError, match="pay was not approved"):
        answer.args


def test_one_rejected_action_of_two_means_not_approved(client: Client) -> None:
    request = ask(client, actions=[PAY, PAY])
    decide(bob(), stored(request), {"type": "approve"}, {"type": "reject"})

    answer = request.wait()

    assert [decision.approved for decision in answer.decisions] == [True, False]
    assert not answer.approved
    with pytest.raises(ValueError, match="several actions"):
        answer.args


def test_a_question_is_answered_with_a_value(client: Client) -> None:
    colour = Action("colour", allowed=["respond"], response_schema={"enum": ["red", "blue"]})
    request = ask(client, actions=[colour])
    decide(bob(), stored(request), {"type": "respond", "value": "blue"})

    assert request.wait().value == "blue"


class Payment(BaseModel):
    to: str
    amount: float


def test_a_models_schema_goes_along_with_its_values(client: Client) -> None:
    request = ask(client, actions=[Action("pay", Payment(to="Ana", amount=12.5))])

    action = question_of(stored(request)).actions[0]
    assert (action["args"], action["allowed"]) == (
        {"to": "Ana", "amount": 12.5},
        ["approve", "edit", "reject"],
    )
    assert action["schema"] == Payment.model_json_schema()


def test_everything_that_can_be_said_arrives(client: Client) -> None:
    request = ask(
        client,
        summary="Invoice 9",
        effect="Money leaves.",
        description="**Due** today",
        risk="high",
        state={"vat": 19},
        expires_at=datetime(2027, 1, 1, tzinfo=UTC),
        callback_url="https://example.com/told",
        metadata={"ticket": 7},
        source="payroll",
    )

    found = stored(request)
    question = question_of(found)
    assert (question.summary, question.effect, question.description, question.risk) == (
        "Invoice 9",
        "Money leaves.",
        "**Due** today",
        "high",
    )
    assert (question.state, question.agent_id, found.run.metadata, found.callback_url) == (
        {"vat": 19},
        "requests:payroll",
        {"ticket": 7},
        "https://example.com/told",
    )
    assert question.expires_at == datetime(2027, 1, 1, tzinfo=UTC)
    assert request.url.endswith(f"/interrupts/{question.pk}/")


def test_a_time_to_answer_is_said_as_a_span(client: Client) -> None:
    request = ask(client, expires_in=timedelta(hours=1))

    left = question_of(stored(request)).expires_at - datetime.now(UTC)
    assert timedelta(minutes=59) < left <= timedelta(hours=1)


# --- not being answered


def test_waiting_ends_with_the_patience_of_the_program(client: Client) -> None:
    request = ask(client)

    with pytest.raises(TimeoutError):
        request.wait(timeout=0.2)
    assert request.status() == "pending"


def test_an_expired_request_raises(client: Client) -> None:
    request = ask(client)
    Interrupt.objects.update(expires_at="2020-01-01T00:00:00Z")
    expire(request.id)

    with pytest.raises(Expired) as raised:
        request.wait()
    assert raised.value.request_id == request.id


def test_a_withdrawn_request_raises(client: Client) -> None:
    request = ask(client)

    request.cancel("paid by hand")

    assert request.status() == "cancelled"
    with pytest.raises(Cancelled):
        request.wait()
    with pytest.raises(Refused) as raised:
        request.cancel()
    assert (raised.value.status, raised.value.code) == (409, "conflict")


def test_a_request_is_found_again_by_its_number(client: Client) -> None:
    request = ask(client)
    decide(bob(), stored(request))

    assert client.request(request.id).wait().approved


def test_a_refusal_says_what_is_wrong_and_where(client: Client) -> None:
    with pytest.raises(Refused) as raised:
        ask(client, actions=[PAY | {"args": {"amount": "much", "to": "Ana"}}])

    assert (raised.value.status, raised.value.code) == (422, "invalid_request")
    assert raised.value.errors == [
        {"pointer": "/actions/0/args/amount", "message": "This must be a number."}
    ]
    assert "/actions/0/args/amount" in str(raised.value)


def test_a_wrong_token_is_refused_and_never_shown(live_server: Any) -> None:
    with Client(live_server.url, "lv_hush") as client, pytest.raises(Refused) as raised:
        ask(client)

    assert raised.value.status == 401
    assert "hush" not in f"{raised.value!r} {raised.value} {client._address!r}"


def test_without_site_or_token_it_says_what_to_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LANGVEL_URL", raising=False)

    with pytest.raises(ClientError, match="LANGVEL_TOKEN"):
        Client(token="lv_x")


def test_site_and_token_come_from_the_environment(
    live_server: Any, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LANGVEL_URL", f"{live_server.url}/")
    monkeypatch.setenv("LANGVEL_TOKEN", token)

    with Client() as client:
        assert ask(client).status() == "pending"


# --- when the connection fails


@pytest.mark.parametrize("faults", [[LOSE], [502], [LOSE, 503, 504]])
def test_a_lost_answer_does_not_ask_twice(
    line: Line, token: str, soon: None, faults: list[int]
) -> None:
    line.faults = list(faults)

    with Client(line.url, token) as client:
        request = ask(client)

    assert len(line.passed) == len(faults) + 1
    assert list(ExternalRequest.objects.values_list("pk", flat=True)) == [request.id]


def test_an_outage_is_waited_out(line: Line, token: str, soon: None) -> None:
    with Client(line.url, token) as client:
        request = ask(client)
        decide(bob(), stored(request))
        line.faults = [503] * 10

        assert request.wait(timeout=60).approved


def test_an_outage_is_waited_out_no_longer_than_the_timeout(
    line: Line, token: str, soon: None
) -> None:
    with Client(line.url, token) as client:
        request = ask(client)
        line.faults = [503] * 10_000

        with pytest.raises(TimeoutError):
            request.wait(timeout=0.3)


def test_a_site_that_is_not_there_is_given_up(live_server: Any, token: str, soon: None) -> None:
    with Client("http://127.0.0.1:9", token) as client, pytest.raises(Unreachable) as raised:
        ask(client)

    assert "127.0.0.1:9" in str(raised.value)
    assert token not in str(raised.value)


def test_when_too_many_wait_the_program_comes_again(
    client: Client, later: Later, soon: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = threading.BoundedSemaphore(1)
    full.acquire()
    monkeypatch.setattr(waiting, "_places", full)
    later()

    assert ask(client).wait(timeout=30).approved


def test_asking_again_with_the_same_key_finds_the_request(client: Client) -> None:
    first, second = (ask(client, idempotency_key="order-7") for _ in range(2))

    assert first.id == second.id


# --- the same, asynchronously


def test_the_asynchronous_client_asks_and_waits(live_server: Any, token: str, later: Later) -> None:
    async def main() -> Any:
        async with AsyncClient(live_server.url, token) as client:
            request = await client.ask(TITLE, [PAY])
            assert await request.status() == "pending"
            answer = await request.wait(timeout=30)
            again = await client.request(request.id)
            return answer, await again.status()

    later()
    answer, status = asyncio.run(main())

    assert (answer.args, status) == (PAY["args"], "decided")


def approve_all() -> None:
    try:
        for request in ExternalRequest.objects.all():
            decide(bob(), request)
    finally:
        connections.close_all()


def test_many_wait_at_once_in_one_program(live_server: Any, token: str, soon: None) -> None:
    async def main() -> list[bool]:
        async with AsyncClient(live_server.url, token) as client:
            requests = [await client.ask(f"Question {number}", [PAY]) for number in range(8)]
            waits = [asyncio.create_task(request.wait(timeout=60)) for request in requests]
            await asyncio.to_thread(approve_all)
            return [(await done).approved for done in waits]

    assert asyncio.run(main()) == [True] * 8


def test_the_asynchronous_client_survives_a_lost_answer_and_a_withdrawal(
    line: Line, token: str, soon: None
) -> None:
    async def main() -> None:
        line.faults = [LOSE, 503]
        async with AsyncClient(line.url, token) as client:
            request = await client.ask(TITLE, [PAY])
            await request.cancel()
            with pytest.raises(Cancelled):
                await request.wait()

    asyncio.run(main())

    assert ExternalRequest.objects.count() == 1
