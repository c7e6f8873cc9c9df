"""What the live pages are told: that a run or a question changed, never how it looks."""

from __future__ import annotations

from collections.abc import Iterable

from approvals import live
from approvals.models import Interrupt, Run


def run_updated(run: Run) -> None:
    live.announce(
        "run.updated",
        id=run.pk,
        version=0,
        run=run.pk,
        status=run.status,
        audience=live.Audience(run_requester_id=run.requested_by_id),
    )


def item(event: str, interrupt: Interrupt, *, by: str | None = None) -> None:
    """`event` is created, updated, decided, claimed or released."""
    items(event, [interrupt], by=by)


def items(event: str, interrupts: Iterable[Interrupt], *, by: str | None = None) -> None:
    live.announce_all(
        live.News(
            event_type=f"item.{event}",
            id=interrupt.pk,
            version=interrupt.version,
            run=interrupt.run_id,
            status=interrupt.status,
            by=by,
            audience=live.Audience(run_requester_id=interrupt.requested_by_id),
        )
        for interrupt in interrupts
    )
