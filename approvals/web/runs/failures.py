"""Why a run failed and what a person can do about it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from approvals.models import Interrupt, Run
from approvals.stored import OF_FAILURES, in_words

_REMEDIES = {
    "EffectUncertain": (
        _("Something may have happened outside, and nobody recorded whether it did"),
        (
            _(
                "Find out whether it happened: look where the effect would show, for instance in "
                "the bank's or the mail server's list."
            ),
            _(
                "Tell the run with langvel.core.once.settle(): happened=True and the result, or "
                "happened=False."
            ),
            _(
                "Then retry. The step takes the recorded result, or runs the effect if there was none."
            ),
        ),
    ),
    "NeedsAttention": (
        _("Workers died while they moved this run"),
        (
            _("Find out why in the workers' logs: often it is memory, or a library that crashes."),
            _("Then retry. The run goes on where its last checkpoint stands."),
        ),
    ),
    "ThreadGone": (
        _("The run's memory was deleted"),
        (_("A retry starts the run again from its input, and its questions are asked anew."),),
    ),
    "UnknownAgent": (
        _("No worker knows this agent"),
        (_("Register the agent again, then retry."),),
    ),
    "BadAgentPath": (
        _("The agent's code could not be loaded"),
        (_("Repair the path or the code, restart the workers, then retry."),),
    ),
    "StaleApproval": (
        _("The answer was for another question"),
        (_("Ask again, so that somebody decides about what the graph asks now."),),
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
        return gettext("Answered, failed") if self.answered else gettext("Failed")


def failure_of(run: Run, questions: Iterable[Interrupt]) -> Failure | None:
    if run.status != Run.Status.ERROR or not run.error:
        return None
    kind = run.error.get("type", "Error")
    message = run.error.get("message", "")
    heading, advice = _REMEDIES.get(kind, ("", ()))
    return Failure(
        type=kind,
        message=in_words(message) if kind in OF_FAILURES else message,
        node=run.error.get("node", ""),
        detail=run.error.get("detail", ""),
        heading=heading,
        advice=advice,
        answered=[one for one in questions if one.status == Interrupt.Status.DECIDED],
    )
