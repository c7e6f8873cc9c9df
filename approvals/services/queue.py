"""Deferring the one job there is, in the transaction that made it necessary."""

from __future__ import annotations

from procrastinate.contrib.django import app

DRIVE = "approvals.drive"
QUEUE = "runs"


def wake(run_id: int, *, after_seconds: int = 0) -> None:
    """Have a worker drive the run. By name, so that the web process never imports a graph."""
    task = app.configure_task(
        DRIVE,
        queue=QUEUE,
        schedule_in={"seconds": after_seconds} if after_seconds else None,
    )
    task.defer(run_id=run_id)
