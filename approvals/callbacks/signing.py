"""What makes a callback believable: Standard Webhooks, with a secret of each asker's own."""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import UTC, datetime
from math import floor

from django.conf import settings
from standardwebhooks import Webhook

_PURPOSE = "langvel callback"


def secrets_of(user_id: int) -> list[str]:
    """The asker's `whsec_…` secrets, the present one first.

    Derived from the site's and stored nowhere, so that no asker can sign in the name of the site
    to another, and every worker signs alike.
    """
    return [_derived(root, user_id) for root in settings.LANGVEL_WEBHOOK_SECRETS]


def headers_for(*, webhook_id: str, body: str, user_id: int, at: datetime) -> dict[str, str]:
    """One signature for each secret, so that a receiver may change over in its own time."""
    moment = at.astimezone(UTC)
    signatures = [
        Webhook(secret).sign(msg_id=webhook_id, timestamp=moment, data=body)
        for secret in secrets_of(user_id)
    ]
    return {
        "webhook-id": webhook_id,
        "webhook-timestamp": str(floor(moment.timestamp())),
        "webhook-signature": " ".join(signatures),
    }


def _derived(root: str, user_id: int) -> str:
    key = hmac.new(root.encode(), f"{_PURPOSE} {user_id}".encode(), hashlib.sha256).digest()
    return f"whsec_{base64.b64encode(key).decode()}"
