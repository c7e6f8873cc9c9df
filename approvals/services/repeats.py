"""What was done though its answer got lost on the way: sent again it is told, and not done twice."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import transaction

from approvals.exceptions import Conflict, Forbidden
from approvals.models import Decision, IdempotencyKey, Interrupt
from approvals.services.decisions import decide
from approvals.services.undo import undo

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
            _note(sent, actor, interrupt_id, {"decision": decision.pk})
            return decision
    except Conflict:
        made = _made(sent, actor, interrupt_id)
        if made is None:
            raise
        return made


def undo_once(interrupt_id: int, *, actor: User, sent: Sent | None, **what: Any) -> Interrupt:
    """As `undo`. What this very request took back, the first time, it is told to have taken back;
    whatever was decided since stays."""
    if sent is None:
        return undo(interrupt_id, actor=actor, **what)
    try:
        with transaction.atomic():
            question = undo(interrupt_id, actor=actor, **what)
            _note(sent, actor, interrupt_id, {"undone": interrupt_id})
            return question
    except (Conflict, Forbidden):
        if "undone" not in _noted(sent, actor, interrupt_id):
            raise
        return Interrupt.objects.get(pk=interrupt_id)


def _note(sent: Sent, person: User, interrupt_id: int, body: dict[str, int]) -> None:
    """In the transaction of what was done: both exist or neither does."""
    noted = IdempotencyKey(
        user=person, key=_key(sent, interrupt_id), fingerprint=sent.said, status=200, body=body
    )
    IdempotencyKey.objects.bulk_create(
        [noted],
        update_conflicts=True,
        unique_fields=["user", "key"],
        update_fields=["fingerprint", "status", "body"],
    )


def _made(sent: Sent, person: User, interrupt_id: int) -> Decision | None:
    made = _noted(sent, person, interrupt_id).get("decision")
    rows = Decision.objects.select_related("interrupt")
    return rows.filter(pk=made, interrupt=interrupt_id).first()


def _noted(sent: Sent, person: User, interrupt_id: int) -> dict[str, int]:
    rows = IdempotencyKey.objects.filter(
        user=person, key=_key(sent, interrupt_id), fingerprint=sent.said
    )
    return rows.values_list("body", flat=True).first() or {}


def _key(sent: Sent, interrupt_id: int) -> str:
    return f"{_OF_PAGES}{interrupt_id}:{sent.key}"
