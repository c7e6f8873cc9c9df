"""Being called back: who says so, and what."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from standardwebhooks import Webhook
from standardwebhooks.webhooks import EmptyWebhookSecretError, WebhookVerificationError

from langvel.client.errors import BadCallback
from langvel.client.values import Answer


@dataclass(frozen=True, kw_only=True)
class Callback:
    """A message of the site that a request has ended. `id` is the same when it is repeated.

    `status` is decided, expired or cancelled; there is an answer when it is decided.
    """

    id: str
    request_id: int
    status: str
    title: str
    metadata: dict[str, Any]
    answer: Answer | None


def verify_callback(
    headers: Mapping[str, str], body: bytes | str, secret: str | Sequence[str]
) -> Callback:
    """What the site says, once it is certain that the site says it, and within five minutes.

    `body` as it came in, not parsed and written anew. `secret` is what `manage.py
    callback_secret` printed; several while it is being changed. Raises BadCallback.
    """
    named = {name.lower(): value for name, value in headers.items()}
    secrets = [secret] if isinstance(secret, str) else secret
    if not any(_is_signed(named, body, one) for one in secrets):
        raise BadCallback
    said = json.loads(body)["data"]
    return Callback(
        id=named["webhook-id"],
        request_id=said["id"],
        status=said["status"],
        title=said["title"],
        metadata=said["metadata"],
        answer=Answer.read(said) if said["status"] == "decided" else None,
    )


def _is_signed(headers: dict[str, str], body: bytes | str, secret: str) -> bool:
    try:
        Webhook(secret).verify(body, headers, json_parse=False)
    except (WebhookVerificationError, EmptyWebhookSecretError, ValueError):
        return False
    return True
