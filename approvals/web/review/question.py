"""One question laid out for its review page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User
from django.utils.translation import gettext as _

from approvals import permissions
from approvals.hiding.covering import says_first
from approvals.models import Interrupt
from approvals.policy import terms_of
from approvals.policy.wording import why_of
from approvals.stored import in_words
from approvals.web.answer import drafts
from approvals.web.answer.drafts import Draft
from approvals.web.answer.sheets import Filled, sheets_of
from approvals.web.review import withheld
from approvals.web.review.asking import GRAVE, is_question, offers_yes_and_no, reasons_of
from approvals.web.review.caring import Asked, asked_of
from approvals.web.review.parts import ActionPart, part_of
from approvals.web.showing.conversation import Conversation, conversation_of
from approvals.web.showing.values import without_empty
from approvals.web.showing.wording import QUESTION, Wording, approving, approving_again, wording
from approvals.web.showing.words import verdict


@dataclass(frozen=True, kw_only=True)
class QuestionPage:
    """What the review page shows. `barred` says why this person cannot decide, if they cannot.

    While `is_withheld`, the values they are to type first are in none of it.
    """

    interrupt: Interrupt
    draft: Draft
    actions: list[ActionPart]
    rest: dict[str, Any]
    conversation: Conversation | None
    barred: str
    verdict: str
    words: Wording
    asked: Asked
    is_withheld: bool

    @property
    def is_open(self) -> bool:
        return self.interrupt.is_pending and not self.barred

    @property
    def is_many(self) -> bool:
        return len(self.actions) > 1

    @property
    def allowed(self) -> frozenset[str]:
        """What may be said of all actions at once."""
        return frozenset.intersection(*(frozenset(action.verbs) for action in self.actions))

    @property
    def sometimes(self) -> list[tuple[str, int]]:
        """What may be said of some actions and not of all: the verb, and of how many."""
        counted = [
            (verb, sum(verb in action.verbs for action in self.actions))
            for verb in ("approve", "reject")
        ]
        return [(verb, count) for verb, count in counted if 1 < count < len(self.actions)]

    @property
    def may_approve(self) -> bool:
        return "approve" in self.allowed

    @property
    def may_edit(self) -> bool:
        return any(action.is_editable for action in self.actions)

    @property
    def takes_value(self) -> bool:
        """One question that wants an answer rather than consent."""
        return self.words is QUESTION

    @property
    def is_yes_or_no(self) -> bool:
        return offers_yes_and_no(self.interrupt, [action.sheet for action in self.actions])

    @property
    def approve_label(self) -> str:
        return approving(self.words, edits=self.edits, actions=len(self.actions))

    @property
    def approve_again(self) -> str:
        return approving_again(self.words, edits=self.edits, actions=len(self.actions))

    @property
    def edits(self) -> int:
        return sum(len(action.changes) for action in self.actions)

    @property
    def chosen(self) -> int:
        """For how many actions something has been chosen."""
        return sum(action.part.is_chosen for action in self.actions)

    @property
    def problems(self) -> list[str]:
        """What stands against the answer and belongs to no single action."""
        return [
            text
            for about, text in self.draft.problems.items()
            if not about.startswith(("/checked", "/retyped"))
        ]

    @property
    def is_grave(self) -> bool:
        """Whether a second press comes only after a look at one's changes."""
        return self.interrupt.risk in GRAVE

    @property
    def why(self) -> list[str]:
        """The policies' sentences; where nobody wrote a word, what is known without one."""
        said = why_of(self.asked.terms)
        is_told = self.interrupt.description not in ("", self.interrupt.title)
        return said or ([] if is_told or self.asked.flagged else reasons_of(self.interrupt))

    @property
    def has_problems(self) -> bool:
        return bool(self.draft.problems) or any(action.problems for action in self.actions)


def lay_out(interrupt: Interrupt, *, user: User, draft: Draft) -> QuestionPage:
    """The page of a question; without the values somebody who decides has still to say first."""
    barred = barred_because(user, interrupt)
    is_withheld = says_first(user, interrupt) and withheld.is_withheld(interrupt, draft)
    if is_withheld:
        interrupt = withheld.covered(interrupt)
        draft = withheld.without_values(interrupt, draft)
    is_open = interrupt.is_pending and not barred
    decision = getattr(interrupt, "decision", None)
    made = decision.decisions if decision else []
    sheets, conversation = sheets_of(interrupt), conversation_of(interrupt)
    words = wording(interrupt.dialect, is_question=is_question(interrupt, sheets))
    return QuestionPage(
        interrupt=interrupt,
        draft=draft,
        actions=[
            part_of(
                interrupt, index, sheet, draft, words=words,
                is_open=is_open and not is_withheld, decision=made[index] if index < len(made) else {},
            )
            for index, sheet in enumerate(sheets)
        ],
        rest=_rest(interrupt, without=conversation.key if conversation else ""),
        conversation=conversation,
        barred=barred,
        verdict=verdict(interrupt),
        words=words,
        asked=asked_of(interrupt, terms_of(interrupt), draft, is_withheld=is_withheld),
        is_withheld=is_withheld,
    )  # fmt: skip


def barred_because(user: User, interrupt: Interrupt) -> str:
    """Why this person may look and not decide; empty when they may decide."""
    if permissions.is_own_request(user, interrupt):
        return _("You asked for this run, so somebody else must decide it.")
    if not permissions.is_reviewer(user):
        return _("You can follow this question, but deciding it takes the right of a reviewer.")
    if groups := permissions.groups_lacked(user, interrupt):
        return _("You can follow this question; only members of %(groups)s may decide it.") % {
            "groups": _(" or ").join(groups)
        }
    return in_words(interrupt.held_reason)


def decided(interrupt: Interrupt) -> Draft:
    """A draft that says what was decided: what the agent went on with, else what it proposed."""
    draft = drafts.blank(interrupt)
    decision = getattr(interrupt, "decision", None)
    for index, one in enumerate(decision.decisions if decision else []):
        if "args" in one:
            draft = draft.with_part(index, edit=Filled(value=one["args"]))
        if "value" in one:
            draft = draft.with_part(index, answer=Filled(value=one["value"]))
    return draft


def _rest(interrupt: Interrupt, *, without: str) -> dict[str, Any]:
    """The state around what is proposed: shown, never changed here."""
    args = interrupt.actions[0]["args"]
    is_state = wording(interrupt.dialect).is_state and isinstance(args, dict)
    proposed = {*(args if is_state else ()), without}
    around = {key: value for key, value in interrupt.state.items() if key not in proposed}
    return without_empty(around)
