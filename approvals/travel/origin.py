"""Where a forked run comes from, and how a worker begins it."""

from __future__ import annotations

from agents import failpoints
from agents.forking import Seed
from agents.outcome import ErrorInfo, Failed, Outcome, Paused
from agents.remote.thread import RemoteThread
from agents.runner import Thread
from approvals.models import Checkpoint, Run

ELSEWHERE = ErrorInfo(
    type="CannotFork",
    message="This agent runs on an Agent Server now, which keeps its checkpoints to itself.",
)


def seed_of(run: Run) -> Seed | None:
    """What a forked run begins with; None for every other run."""
    if run.parent_id is None:
        return None
    found = Checkpoint.objects.filter(
        run=run.parent_id, checkpoint_id=run.parent_checkpoint_id
    ).values_list("run__thread_id", "next")
    thread_id, steps = found.get()
    return Seed(
        thread_id=thread_id,
        checkpoint_id=run.parent_checkpoint_id,
        next=tuple(steps),
        values=run.fork_values or {},
    )


async def begin(thread: Thread | RemoteThread, seed: Seed) -> Outcome:
    """Copy what the run begins with into its own thread and go on from there.

    Dying between the two leaves a thread that looks like any run's after a crash. Where the copy
    stands at a breakpoint, that is asked: going on would pass it.
    """
    if isinstance(thread, RemoteThread):
        return Failed(state={}, error=ELSEWHERE)
    if error := await thread.plant(seed):
        return Failed(state={}, error=error)
    failpoints.reached("fork.planted")
    view = await thread.view()
    if view.questions:
        return Paused(state=view.state, questions=view.questions)
    return await thread.continue_()
