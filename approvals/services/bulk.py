"""The same for many questions: each by itself, with the version and digest its own row showed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from approvals import permissions
from approvals.exceptions import ApprovalsError, NotFound, NotInBulk
from approvals.models import Decision, Interrupt
from approvals.policy import terms_of
from approvals.services.repeats import Sent, decide_once, undo_once

if TYPE_CHECKING:
    from django.contrib.auth.models import User

MOST = 50
RISKS = (Interrupt.Risk.LOW, Interrupt.Risk.MEDIUM)
VERBS = ("approve", "reject")


@dataclass(frozen=True, kw_only=True)
class Item:
    """A question as somebody saw it in a list."""

    id: int
    version: int
    digest: str


@dataclass(frozen=True, kw_only=True)
class Made:
    """A question whose decision is to be taken back; `version` is what that decision made it."""

    id: int
    version: int | None = None


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What became of one question; without an error, what was asked for, and what came of it."""

    id: int
    question: Interrupt | None
    error: ApprovalsError | None = None
    result: Any = None


def why_not(question: Interrupt, *, verb: str, person: User, like: Interrupt | None) -> str:
    """Why this one cannot be decided together with others; empty when it can.

    `like` is a question already taken: all of them share its agent and what is proposed.
    """
    if not question.is_pending:
        return _("no longer waits")
    if question.held_reason:
        return _("is held")
    if not permissions.can_decide(person, question):
        return _("is not yours to decide")
    if question.risk not in RISKS:
        return _("%(risk)s risk: decided by itself") % {"risk": question.get_risk_display().lower()}
    terms = terms_of(question)
    if not terms.bulk or (verb == "approve" and (terms.flagged or terms.retype)):
        return _("its policy wants it decided by itself")
    if not all(verb in action["allowed"] for action in question.actions):
        return _("cannot be answered with “%(verb)s”") % {"verb": verb}
    return "" if like is None or _kind(question) == _kind(like) else _("of another kind")


def decide_all(
    items: Sequence[Item],
    *,
    actor: User,
    verb: str,
    reason: str = "",
    reason_code: str = "",
    auth_method: str,
    undo_seconds: int = 0,
    sent: Sent | None = None,
) -> list[Outcome]:
    """Approve or reject up to fifty questions of one kind as they are; results in their order.

    Each stands alone: one that changed meanwhile leaves the others decided. Each can be taken back
    for as long as its policy says, and for `undo_seconds` at least. What `sent` decided before is
    not decided again. A question whose policy does not name `reason_code` is refused.
    """
    questions = _visible(items, actor)
    like = next((found for item in items if (found := questions.get(item.id))), None)

    def one(item: Item) -> Decision:
        question = questions.get(item.id)
        if question is None:
            raise NotFound
        if question.is_pending and (
            question.risk not in RISKS or (like and _kind(question) != _kind(like))
        ):
            raise NotInBulk
        return decide_once(
            item.id,
            actor=actor,
            sent=sent,
            version=item.version,
            digest=item.digest,
            decisions=[{"type": verb} for _action in question.actions],
            reason=reason,
            reason_code=reason_code,
            via=Decision.Via.BULK,
            auth_method=auth_method,
            undo_seconds=max(undo_seconds, terms_of(question).undo_seconds),
        )

    return each(items, one, questions)


def reasons_of(questions: Sequence[Interrupt]) -> list[str]:
    """The reasons that can be chosen for all of these: those every one's policy names."""
    named = [terms_of(question).reasons for question in questions]
    return [one for one in named[0] if all(one in others for others in named)] if named else []


def undo_all(items: Sequence[Made], *, actor: User, sent: Sent | None = None) -> list[Outcome]:
    """Take back what was decided together, as far as its windows last; results in their order.

    Each stands alone. Runs are locked in one order, since a caller's transaction may hold them all.
    What `sent` took back before is told so once more.
    """
    questions = _visible(items, actor)
    places = sorted(range(len(items)), key=lambda at: _run_of(questions.get(items[at].id)))

    def one(item: Made) -> Interrupt:
        return undo_once(
            item.id, actor=actor, sent=sent, via=Decision.Via.BULK, version=item.version
        )

    outcomes = {at: _outcome(items[at], one, questions) for at in places}
    return [outcomes[at] for at in range(len(items))]


def each(
    items: Sequence[Item], act: Callable[[Item], Any], questions: dict[int, Interrupt]
) -> list[Outcome]:
    """Act on every one of at most fifty; a refusal is told beside the question it is about."""
    return [_outcome(item, act, questions) for item in items[:MOST]]


def _outcome(item: Any, act: Callable[[Any], Any], questions: dict[int, Interrupt]) -> Outcome:
    question = questions.get(item.id)
    try:
        return Outcome(id=item.id, question=question, result=act(item))
    except ApprovalsError as refused:
        return Outcome(id=item.id, question=question, error=refused)


def _run_of(question: Interrupt | None) -> int:
    return question.run_id if question else 0


def _visible(items: Iterable[Item | Made], actor: User) -> dict[int, Interrupt]:
    rows = Interrupt.objects.visible_to(actor).defer("request", "state")
    return rows.in_bulk([item.id for item in items])


def _kind(question: Interrupt) -> tuple[str, str]:
    """Agent, and what its actions are called and take: what one glance can judge together."""
    shapes = [(action["name"], action["schema"]) for action in question.actions]
    return question.agent_id, json.dumps(shapes, sort_keys=True)
