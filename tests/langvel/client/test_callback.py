"""Being called back: only what the site signed just now is believed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from standardwebhooks import Webhook

from approvals.callbacks.signing import headers_for, secrets_of
from approvals.models import Delivery
from approvals.requests.closing import expire
from langvel.client import BadCallback, verify_callback
from tests.approvals.api.client import bob
from tests.approvals.requests.asking import PAY, asked, decide

pytestmark = pytest.mark.django_db

URL = "https://example.com/told"


@pytest.fixture
def delivery() -> Delivery:
    decide(bob(), asked(callback_url=URL, metadata={"ticket": 7}))
    return Delivery.objects.get()


def signed(delivery: Delivery, *, at: datetime | None = None) -> dict[str, str]:
    return headers_for(
        webhook_id=delivery.webhook_id,
        body=delivery.body,
        user_id=delivery.request.requested_by_id,
        at=at or datetime.now(UTC),
    )


def secret(delivery: Delivery) -> str:
    return secrets_of(delivery.request.requested_by_id)[0]


def test_a_callback_says_what_was_decided(delivery: Delivery) -> None:
    said = verify_callback(signed(delivery), delivery.body.encode(), secret(delivery))

    assert (said.id, said.request_id, said.status, said.metadata) == (
        delivery.webhook_id,
        delivery.request_id,
        "decided",
        {"ticket": 7},
    )
    assert said.answer is not None
    assert (said.answer.args, said.answer.decided_by) == (PAY["args"], "bob")


def test_a_callback_of_an_expiry_has_no_answer() -> None:
    request = asked(callback_url=URL)
    type(request.interrupt).objects.update(expires_at="2020-01-01T00:00:00Z")
    expire(request.pk)
    delivery = Delivery.objects.get()

    said = verify_callback(signed(delivery), delivery.body, secret(delivery))

    assert (said.status, said.answer) == ("expired", None)


def test_names_of_headers_are_told_apart_by_no_capital(delivery: Delivery) -> None:
    headers = {name.title(): value for name, value in signed(delivery).items()}

    assert verify_callback(headers, delivery.body, secret(delivery)).status == "decided"


def test_either_secret_is_good_while_they_change(delivery: Delivery) -> None:
    both = ["whsec_bmV3", secret(delivery)]

    assert verify_callback(signed(delivery), delivery.body, both).status == "decided"


@pytest.mark.parametrize(
    "change",
    [
        {"webhook-signature": ""},
        {"webhook-signature": "v1"},
        {"webhook-signature": "v1,not base64!"},
        {"webhook-signature": "v2,AAAA"},
        {"webhook-timestamp": "yesterday"},
        {"webhook-timestamp": "1"},
        {"webhook-id": "msg_other"},
    ],
)
def test_a_callback_with_another_head_is_not_believed(delivery: Delivery, change: Any) -> None:
    with pytest.raises(BadCallback):
        verify_callback(signed(delivery) | change, delivery.body, secret(delivery))


@pytest.mark.parametrize("minutes", [-6, 6])
def test_a_callback_of_another_time_is_not_believed(delivery: Delivery, minutes: int) -> None:
    headers = signed(delivery, at=datetime.now(UTC) + timedelta(minutes=minutes))

    with pytest.raises(BadCallback):
        verify_callback(headers, delivery.body, secret(delivery))


def test_a_changed_body_is_not_believed(delivery: Delivery) -> None:
    forged = delivery.body.replace("approve", "reject!")

    with pytest.raises(BadCallback):
        verify_callback(signed(delivery), forged, secret(delivery))


@pytest.mark.parametrize("other", ["whsec_bm90IHRoaXM=", "whsec_", "whsec_%%%", ""])
def test_with_another_secret_nothing_is_believed(delivery: Delivery, other: str) -> None:
    with pytest.raises(BadCallback):
        verify_callback(signed(delivery), delivery.body, other)


def test_what_the_site_signs_any_library_verifies(delivery: Delivery) -> None:
    said = Webhook(secret(delivery)).verify(delivery.body, signed(delivery))

    assert said["type"] == "request.decided"
