"""What is to be told, written in the transaction that makes it true."""

from __future__ import annotations

import json
from uuid import uuid4

from django.utils import timezone

from approvals.models import Delivery
from approvals.requests.standing import as_told, standing_rows
from approvals.services.queue import call_back

DECIDED, EXPIRED, CANCELLED = "request.decided", "request.expired", "request.cancelled"


def tell(run_id: int, event: str) -> None:
    """Have the asker called back, once for each event, if the run is a request that wants it."""
    request = standing_rows().filter(pk=run_id).exclude(callback_url="").first()
    if request is None:
        return
    said = {"type": event, "timestamp": timezone.now().isoformat(), "data": as_told(request)}
    delivery, is_new = Delivery.objects.get_or_create(
        request=request,
        event=event,
        defaults={
            "webhook_id": f"msg_{uuid4().hex}",
            "body": json.dumps(said, ensure_ascii=False),
        },
    )
    if is_new:
        call_back(delivery.pk)
