"""What can be done to many questions at once, in words: asked before, told after."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext_lazy

NOT = ngettext_lazy("%(count)d not", "%(count)d not", "count")
CHANGED = ngettext_lazy("%(count)d changed meanwhile", "%(count)d changed meanwhile", "count")


@dataclass(frozen=True, kw_only=True)
class Results:
    """`done`, `overtaken` and `all_done` take a count."""

    done: Any
    not_done: Any
    all_done: Any
    overtaken: Any = CHANGED


@dataclass(frozen=True, kw_only=True)
class Act:
    """`question` and `button` take a count."""

    title: Any
    question: Any
    button: Any
    nothing: Any
    results: Results


ACTS = {
    "approve": Act(
        title=gettext_lazy("Approve"),
        question=ngettext_lazy(
            "Approve %(count)d question?", "Approve %(count)d questions?", "count"
        ),
        button=gettext_lazy("Approve %(count)d"),
        nothing=gettext_lazy("Nothing to approve"),
        results=Results(
            done=ngettext_lazy("%(count)d approved", "%(count)d approved", "count"),
            not_done=gettext_lazy("Not approved"),
            all_done=gettext_lazy("Approved: %(count)d"),
        ),
    ),
    "reject": Act(
        title=gettext_lazy("Reject"),
        question=ngettext_lazy(
            "Reject %(count)d question?", "Reject %(count)d questions?", "count"
        ),
        button=gettext_lazy("Reject %(count)d"),
        nothing=gettext_lazy("Nothing to reject"),
        results=Results(
            done=ngettext_lazy("%(count)d rejected", "%(count)d rejected", "count"),
            not_done=gettext_lazy("Not rejected"),
            all_done=gettext_lazy("Rejected: %(count)d"),
        ),
    ),
    "assign": Act(
        title=gettext_lazy("Assign"),
        question=ngettext_lazy(
            "Assign %(count)d question?", "Assign %(count)d questions?", "count"
        ),
        button=gettext_lazy("Assign %(count)d"),
        nothing=gettext_lazy("Nothing to assign"),
        results=Results(
            done=ngettext_lazy("%(count)d assigned", "%(count)d assigned", "count"),
            not_done=gettext_lazy("Not assigned"),
            all_done=gettext_lazy("Assigned: %(count)d"),
        ),
    ),
    "snooze": Act(
        title=gettext_lazy("Snooze"),
        question=ngettext_lazy(
            "Snooze %(count)d question?", "Snooze %(count)d questions?", "count"
        ),
        button=gettext_lazy("Snooze %(count)d"),
        nothing=gettext_lazy("Nothing to snooze"),
        results=Results(
            done=ngettext_lazy("%(count)d snoozed", "%(count)d snoozed", "count"),
            not_done=gettext_lazy("Not snoozed"),
            all_done=gettext_lazy("Snoozed: %(count)d"),
        ),
    ),
}
UNDONE = Results(
    done=ngettext_lazy("%(count)d taken back", "%(count)d taken back", "count"),
    not_done=gettext_lazy("Not taken back"),
    all_done=gettext_lazy("Taken back: %(count)d"),
    overtaken=NOT,
)


def asked(act: Act, *, count: int) -> str:
    """The heading of the sheet: "Approve 3 questions?"."""
    return act.question % {"count": count} if count else str(act.nothing)


def told(results: Results, *, done: int, missed: int, all_overtaken: bool) -> str:
    """The heading over what became of them: "18 approved, 2 changed meanwhile"."""
    well = results.done % {"count": done}
    if not missed:
        return well
    rest = results.overtaken if all_overtaken else NOT
    return _("%(done)s, %(missed)s") % {"done": well, "missed": rest % {"count": missed}}
