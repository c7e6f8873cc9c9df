"""What each verb does, in the words of the dialect that asks: one table, for pages only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext, ngettext_lazy
from django.utils.translation import gettext_lazy as _

VERDICTS: Mapping[str, str | Promise] = {
    "approve": _("approved"),
    "edit": _("approved with changes"),
    "reject": _("rejected"),
    "respond": _("answered"),
}
_STEPS: Mapping[str, str | Promise] = {
    "approve": _("continued"),
    "edit": _("continued with a changed state"),
    "reject": _("run cancelled"),
    "respond": _("step skipped"),
}


@dataclass(frozen=True, kw_only=True)
class Wording:
    """One dialect's words. `is_state`: what is proposed is the state itself, or a part of it."""

    about: str | Promise = _("What the agent is about to do")
    was: str | Promise = _("What was proposed")
    runs: str | Promise = _("runs step")
    subject: str | Promise = _("Proposed state")
    approve: str | Promise = _("Approve")
    yes: str | Promise = _("Yes, approve")
    edit: Any = ngettext_lazy(
        "Approve with %(count)s edit", "Approve with %(count)s edits", "count"
    )
    reject: str | Promise = _("Reject")
    why: str | Promise = _("Why? The agent and the history get this.")
    respond: str | Promise = _("Respond")
    tell: str | Promise = _("What to tell the agent, instead of running the step")
    skip: str | Promise = ""
    note: str | Promise = _("Note with the approval")
    reject_ends_run: bool = False
    is_state: bool = False
    verdicts: Mapping[str, str | Promise] = field(default_factory=lambda: VERDICTS)


TOOL = Wording(
    runs=_("calls"),
    subject=_("Arguments"),
    tell=_("What the agent gets as the result, instead of calling the tool"),
)
QUESTION = Wording(
    about=_("The agent asks"),
    was=_("The agent asked"),
    runs=_("asked by step"),
    subject=_("What it says"),
    reject=_("Decline to answer"),
)
STEP = Wording(
    about=_("The run stopped before its next step"),
    was=_("The run had stopped"),
    subject=_("State before"),
    approve=_("Continue"),
    yes=_("Yes, continue"),
    edit=ngettext_lazy("Continue with %(count)s edit", "Continue with %(count)s edits", "count"),
    reject=_("Cancel the run"),
    why=_("Why? The history gets this. The run ends here and cannot be taken up again."),
    respond=_("Skip this step"),
    skip=_("Skip this step"),
    note=_("Note for the history"),
    reject_ends_run=True,
    is_state=True,
    verdicts=_STEPS,
)
_BY_DIALECT = {
    "langvel": Wording(is_state=True),
    "breakpoint": STEP,
    "node_interrupt": STEP,
    "agui": Wording(verdicts={**VERDICTS, "reject": _("declined")}),
}


def wording(dialect: str, *, is_question: bool = False) -> Wording:
    """The words for a dialect, or for a question: one that wants an answer rather than consent."""
    if is_question:
        return QUESTION
    return _BY_DIALECT.get(dialect, TOOL)


def approving(words: Wording, *, edits: int, actions: int = 1) -> str:
    """What the button that approves does now: "Approve with 2 edits", "Approve all 3"."""
    if actions > 1:
        return _with_edits(gettext("Approve all %(count)s") % {"count": actions}, edits)
    return words.edit % {"count": edits} if edits else str(words.approve)


def approving_again(words: Wording, *, edits: int, actions: int) -> str:
    """The same, when a second press is owed: "Yes, approve all 3, with 1 edit"."""
    if actions > 1:
        return _with_edits(gettext("Yes, approve all %(count)s") % {"count": actions}, edits)
    return _with_edits(str(words.yes), edits)


def _with_edits(label: str, edits: int) -> str:
    if not edits:
        return label
    said = ngettext("%(label)s, with %(count)s edit", "%(label)s, with %(count)s edits", edits)
    return said % {"label": label, "count": edits}
