"""Working off the outbox: at least once, less and less often, until it is taken or given up."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Now
from django.utils import timezone

from approvals import audit
from approvals.callbacks.sending import TIMEOUT_SECONDS, Undelivered, post
from approvals.callbacks.signing import headers_for
from approvals.database import in_database
from approvals.models import Delivery, Run

log = logging.getLogger(__name__)

PAUSES = [
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=24),
]
"""Between the attempts, as Standard Webhooks advises: ten of them, over three days."""

UNDER_WAY = timedelta(seconds=3 * TIMEOUT_SECONDS)
"""For so long nobody else tries it; a worker that died meanwhile has told nobody."""

AT_ONCE = 10


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """One try of a delivery that nobody else makes meanwhile."""

    delivery_id: int
    number: int
    url: str
    body: str
    headers: dict[str, str]


async def deliver(delivery_id: int) -> None:
    """Try it if it is due. Doing it twice at once makes one attempt."""
    attempt = await in_database(_begin, delivery_id)
    if attempt is None:
        return
    try:
        await post(attempt.url, headers=attempt.headers, body=attempt.body)
    except Undelivered as error:
        await in_database(_failed, attempt, error)
    else:
        await in_database(_delivered, attempt)


async def deliver_due() -> None:
    """Whatever is due now, the longest overdue first, a few at a time."""
    places = asyncio.Semaphore(AT_ONCE)

    async def one(delivery_id: int) -> None:
        async with places:
            await deliver(delivery_id)

    async with asyncio.TaskGroup() as group:
        for delivery_id in await in_database(_due):
            group.create_task(one(delivery_id))


def _due() -> list[int]:
    return list(Delivery.objects.due().values_list("pk", flat=True)[: 5 * AT_ONCE])


@transaction.atomic
def _begin(delivery_id: int) -> Attempt | None:
    rows = Delivery.objects.due().select_for_update(of=("self",), skip_locked=True)
    delivery = rows.select_related("request").filter(pk=delivery_id).first()
    if delivery is None:
        return None
    delivery.attempts += 1
    delivery.next_at = Now() + UNDER_WAY
    delivery.save(update_fields=["attempts", "next_at"])
    return Attempt(
        delivery_id=delivery.pk,
        number=delivery.attempts,
        url=delivery.request.callback_url,
        body=delivery.body,
        headers=headers_for(
            webhook_id=delivery.webhook_id,
            body=delivery.body,
            user_id=delivery.request.requested_by_id,
            at=timezone.now(),
        ),
    )


@transaction.atomic
def _delivered(attempt: Attempt) -> None:
    told = {"status": Delivery.Status.DELIVERED, "last_error": "", "delivered_at": Now()}
    if _waiting(attempt).update(**told):
        _note("callback.delivered", attempt)


@transaction.atomic
def _failed(attempt: Attempt, error: Undelivered) -> None:
    if error.is_final or attempt.number > len(PAUSES):
        if _waiting(attempt).update(status=Delivery.Status.FAILED, last_error=str(error)):
            log.warning("callback %s is given up: %s", attempt.delivery_id, error)
            _note("callback.failed", attempt, error=str(error))
        return
    _waiting(attempt).update(last_error=str(error), next_at=Now() + PAUSES[attempt.number - 1])


def _waiting(attempt: Attempt) -> QuerySet[Delivery]:
    return Delivery.objects.filter(pk=attempt.delivery_id, status=Delivery.Status.WAITING)


def _note(action: str, attempt: Attempt, **data: str) -> None:
    delivery = Delivery.objects.get(pk=attempt.delivery_id)
    run = Run.objects.select_for_update().get(pk=delivery.request_id)
    audit.append(run, action, event=delivery.event, attempts=attempt.number, **data)
