"""Why a run failed and what a person can do about it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from approvals.models import Interrupt, Run

_REMEDIES = {
    "EffectUncertain": (
        "Something may have happened outside, and nobody recorded whether it did",
        (
            "Find out whether it happened: look where the effect would show, for instance in the "
            "bank's or the mail server's list.",
            "Tell the run with langvel.core.once.settle(): happened=True and the result, or "
            "happened=False.",
            "Then retry. The step takes the recorded result, or runs the effect if there was none.",
        ),
    ),
    "NeedsAttention": (
        "Workers died while they moved this run",
        (
            "Find out why in the workers' logs: often it is memory, or a library that crashes.",
            "Then retry. The run goes on where its last checkpoint stands.",
        ),
    ),
    "ThreadGone": (
        "The run's memory was deleted",
        ("A retry starts the run again from its input, and its questions are asked anew.",),
    ),
    "UnknownAgent": ("No worker knows this agent", ("Register the agent again, then retry.",)),
    "BadAgentPath": (
        "The agent's code could not be loaded",
        ("Repair the path or the code, restart the workers, then retry.",),
    ),
    "StaleApproval": (
        "The answer was for another question",
        ("Ask again, so that somebody decides about what the graph asks now.",),
    ),
}


@dataclass(frozen=True, kw_only=True)
class Failure:
    """A run that failed. `answered` are questions whose answer waits in the graph."""

    type: str
    message: str
    node: str
    detail: str
    heading: str
    advice: tuple[str, ...]
    answered: list[Interrupt]

    @property
    def word(self) -> str:
        return "Answered, failed" if self.answered else "Failed"


def failure_of(run: Run, questions: Iterable[Interrupt]) -> Failure | None:
    if run.status != Run.Status.ERROR or not run.error:
        return None
    kind = run.error.get("type", "Error")
    heading, advice = _REMEDIES.get(kind, ("", ()))
    return Failure(
        type=kind,
        message=run.error.get("message", ""),
        node=run.error.get("node", ""),
        detail=run.error.get("detail", ""),
        heading=heading,
        advice=advice,
        answered=[one for one in questions if one.status == Interrupt.Status.DECIDED],
    )
