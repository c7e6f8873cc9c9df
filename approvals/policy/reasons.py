"""Reasons to choose from: whose decisions take one, and what stands against those that were named."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NotRequired

from django.utils.translation import gettext as _

from agents.dialects.request import ReviewerDecision
from approvals.policy.terms import Terms

KEY = "reason_code"
NAMING = ("reject", "respond")
"""The verbs that take one."""


class ActionDecision(ReviewerDecision):
    """The decision on one action, with a reason of its own in place of the one for all of them.

    A graph hears the reason in words and never sees `reason_code`; `""` says that there is none.
    """

    reason_code: NotRequired[str]


def in_full(reason_code: str, reason: str) -> str:
    """A chosen reason with the words beside it, as agents hear it and pages say it."""
    return ": ".join(filter(None, (reason_code, reason)))


def said_of(decision: Mapping[str, Any]) -> str:
    """What was said with the decision on one action."""
    return in_full(decision.get(KEY, ""), decision.get("message", ""))


def code_of(decision: Mapping[str, Any], reason_code: str) -> str:
    """Its own, else the one for all; what is approved has none."""
    named: str = decision.get(KEY, reason_code)
    return named if decision["type"] in NAMING else ""


def takes_shared(decisions: Sequence[Any]) -> bool:
    """Whether a reason given for all of them is about any. They need not be well formed."""
    return any(
        isinstance(one, Mapping) and one.get("type") in NAMING and KEY not in one
        for one in decisions
    )


def is_owed(terms: Terms, decision: Mapping[str, Any]) -> bool:
    """Whether the policy wants one of its reasons named with this decision."""
    return terms.reason_code_required and decision["type"] == "reject"


def against(
    terms: Terms, decisions: Sequence[ActionDecision], *, reason_code: str
) -> dict[str, str]:
    """What stands against the reasons named, and where one is missing, as pointers into a body."""
    faults: dict[str, str] = {}
    if told := _misfit(terms, reason_code, fits=takes_shared(decisions)):
        faults["/reason_code"] = told
    for index, decision in enumerate(decisions):
        own = decision.get(KEY, "")
        at = f"/decisions/{index}/reason_code"
        if told := _misfit(terms, own, fits=decision["type"] in NAMING):
            faults[at] = told
        elif is_owed(terms, decision) and not code_of(decision, reason_code):
            is_whole = len(decisions) == 1 and KEY not in decision
            faults["/reason_code" if is_whole else at] = _(
                "Choose one of the reasons: a rejection takes one here."
            )
    return faults


def placed(
    decisions: Sequence[ActionDecision], reason_code: str
) -> tuple[Sequence[ActionDecision], str]:
    """As it is stored: of a single action, its own reason is the reason of the whole decision."""
    if len(decisions) != 1 or KEY not in decisions[0]:
        return decisions, reason_code
    rest: Any = {name: value for name, value in decisions[0].items() if name != KEY}
    return [rest], decisions[0][KEY]


def _misfit(terms: Terms, code: str, *, fits: bool) -> str:
    if code and code not in terms.reasons:
        return _("This is none of the reasons there are to choose from.")
    return _("A rejection or a response has such a reason.") if code and not fits else ""
