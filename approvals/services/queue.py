"""Deferring jobs, in the transaction that made them necessary."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from procrastinate.contrib.django import app
from procrastinate.jobs import JobDeferrer
from procrastinate.tasks import configure_task

DRIVE = "approvals.drive"
HISTORY = "approvals.history"
QUEUE = "runs"
CALL_BACK = "approvals.call_back"
CALLBACKS = "callbacks"


def wake(run_id: int, *, after_seconds: int = 0) -> None:
    """Have a worker drive the run."""
    wake_all([run_id], after_seconds=after_seconds)


def wake_all(run_ids: Iterable[int], *, after_seconds: int = 0) -> None:
    """Have each of these runs driven, by a job of its own."""
    later = {"seconds": after_seconds} if after_seconds else None
    task = _task(DRIVE, queue=QUEUE, schedule_in=later)
    if jobs := [task.make_new_job(run_id=run_id) for run_id in run_ids]:
        # Not by batch_defer, which describes every job for two lines of the log.
        app.job_manager.batch_defer_jobs(jobs)


def call_back(delivery_id: int) -> None:
    """Have a worker try a callback. Should the job get lost, the row is found by itself."""
    _task(CALL_BACK, queue=CALLBACKS).defer(delivery_id=delivery_id)


def read_history(run_id: int) -> None:
    """Have a worker read a run's checkpoints. Raises AlreadyEnqueued where such a job waits."""
    job = _task(HISTORY, queue=QUEUE, queueing_lock=f"history:{run_id}")
    job.defer(run_id=run_id)


def _task(name: str, **options: Any) -> JobDeferrer:
    """By name: `app.configure_task` would import every task, and with them LangGraph's engine."""
    return configure_task(name=name, job_manager=app.job_manager, **options)
