"""What a review page leaves out until its reviewer has typed it."""

from __future__ import annotations

from dataclasses import replace

from approvals.hiding.covering import Cover
from approvals.models import Interrupt
from approvals.policy import terms_of
from approvals.web.answer import drafts
from approvals.web.answer.drafts import Draft


def is_withheld(interrupt: Interrupt, draft: Draft) -> bool:
    """Whether this draft has still to say the values that its question wants typed again."""
    if not interrupt.is_pending or not Cover.of(interrupt):
        return False
    is_said = all(draft.retyped.get(one, "").strip() for one in terms_of(interrupt).retype)
    return not (is_said and draft.is_compared)


def covered(interrupt: Interrupt) -> Interrupt:
    """The question without those values, as an object that is never saved."""
    cover = Cover.of(interrupt)
    shown = cover.over_question(interrupt)
    shown.actions = [
        {**one, **{name: cover.over(one[name]) for name in ("args", "description") if name in one}}
        for one in interrupt.actions
    ]
    shown.state = cover.over(interrupt.state)
    shown.request = cover.over(interrupt.request)
    return shown


def without_values(shown: Interrupt, draft: Draft) -> Draft:
    """The draft for a covered question: everything but what was typed into its fields."""
    blank = drafts.blank(shown).parts
    return replace(
        draft,
        parts=tuple(
            replace(part, edit=empty.edit) for part, empty in zip(draft.parts, blank, strict=True)
        ),
    )
