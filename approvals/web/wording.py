"""What each verb does, in the words of the dialect that asks: one table, for pages only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

VERDICTS = {
    "approve": "approved",
    "edit": "approved with changes",
    "reject": "rejected",
    "respond": "answered",
}
_STEPS = {
    "approve": "continued",
    "edit": "continued with a changed state",
    "reject": "run cancelled",
    "respond": "step skipped",
}


@dataclass(frozen=True, kw_only=True)
class Wording:
    """One dialect's words. `is_state`: what is proposed is the state itself, or a part of it."""

    about: str = "What the agent is about to do"
    was: str = "What was proposed"
    runs: str = "runs step"
    subject: str = "Proposed state"
    approve: str = "Approve"
    edit: str = "Approve with"
    reject: str = "Reject"
    why: str = "Why? The agent and the history get this."
    respond: str = "Respond"
    tell: str = "What to tell the agent, instead of running the step"
    skip: str = ""
    note: str = "Note with the approval"
    reject_ends_run: bool = False
    is_state: bool = False
    verdicts: Mapping[str, str] = field(default_factory=lambda: VERDICTS)


TOOL = Wording(
    runs="calls",
    subject="Arguments",
    tell="What the agent gets as the result, instead of calling the tool",
)
QUESTION = Wording(
    about="The agent asks",
    was="The agent asked",
    runs="asked by step",
    subject="What it says",
    reject="Decline to answer",
)
STEP = Wording(
    about="The run stopped before its next step",
    was="The run had stopped",
    subject="State before",
    approve="Continue",
    edit="Continue with",
    reject="Cancel the run",
    why="Why? The history gets this. The run ends here and cannot be taken up again.",
    respond="Skip this step",
    skip="Skip this step",
    note="Note for the history",
    reject_ends_run=True,
    is_state=True,
    verdicts=_STEPS,
)
_BY_DIALECT = {
    "langvel": Wording(is_state=True),
    "breakpoint": STEP,
    "node_interrupt": STEP,
    "agui": Wording(verdicts=VERDICTS | {"reject": "declined"}),
}


def wording(dialect: str, *, is_question: bool = False) -> Wording:
    """The words for a dialect, or for a question: one that wants an answer rather than consent."""
    if is_question:
        return QUESTION
    return _BY_DIALECT.get(dialect, TOOL)
