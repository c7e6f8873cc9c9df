"""A decision whose answer got lost on the way: sent again it is the one that was made, not a second."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import transaction

from approvals.exceptions import Conflict
from approvals.models import Decision, IdempotencyKey
from approvals.services.decisions import decide

if TYPE_CHECKING:
    from django.contrib.auth.models import User

_OF_PAGES = "page:"
"""Keys of pages and those of the API are told apart, though one person may send both."""


@dataclass(frozen=True, kw_only=True)
class Sent:
    """A request under a key of its sender's choice; `said` is a digest of all it says."""

    key: str
    said: str


def decide_once(interrupt_id: int, *, actor: User, sent: Sent | None, **answer: Any) -> Decision:
    """As `decide`. A refusal that this very request brought about, the first time, is not one: its
    decision is returned, unless it was taken back meanwhile."""
    if sent is None:
        return decide(interrupt_id, actor=actor, **answer)
    try:
        with transaction.atomic():
            decision = decide(interrupt_id, actor=actor, **answer)
            _note(sent, actor, decision)
            return decision
    except Conflict:
        made = _made(sent, actor, interrupt_id)
        if made is None:
            raise
        return made


def _note(sent: Sent, person: User, decision: Decision) -> None:
    """In the transaction of the decision: both exist or neither does."""
    noted = IdempotencyKey(
        user=person,
        key=_key(sent, decision.interrupt_id),
        fingerprint=sent.said,
        status=200,
        body={"decision": decision.pk},
    )
    IdempotencyKey.objects.bulk_create(
        [noted],
        update_conflicts=True,
        unique_fields=["user", "key"],
        update_fields=["fingerprint", "status", "body"],
    )


def _made(sent: Sent, person: User, interrupt_id: int) -> Decision | None:
    noted = IdempotencyKey.objects.filter(
        user=person, key=_key(sent, interrupt_id), fingerprint=sent.said
    ).first()
    if noted is None:
        return None
    rows = Decision.objects.select_related("interrupt")
    return rows.filter(pk=noted.body["decision"], interrupt=interrupt_id).first()


def _key(sent: Sent, interrupt_id: int) -> str:
    return f"{_OF_PAGES}{interrupt_id}:{sent.key}"
