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
from approvals.services.decisions import decide

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
class Outcome:
    """What became of one question; without an error, what was asked for."""

    id: int
    question: Interrupt | None
    error: ApprovalsError | None = None


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
    if not terms_of(question).bulk:
        return _("its policy wants it decided by itself")
    if not all(verb in action["allowed"] for action in question.actions):
        return _("cannot be answered with “%(verb)s”") % {"verb": verb}
    return "" if like is None or _kind(question) == _kind(like) else _("of another kind")


def decide_all(
    items: Sequence[Item], *, actor: User, verb: str, reason: str = "", auth_method: str
) -> list[Outcome]:
    """Approve or reject up to fifty questions of one kind as they are; results in their order.

    Each stands alone: one that changed meanwhile leaves the others decided.
    """
    questions = _visible(items, actor)
    like = next((found for item in items if (found := questions.get(item.id))), None)

    def one(item: Item) -> None:
        question = questions.get(item.id)
        if question is None:
            raise NotFound
        if question.is_pending and (
            question.risk not in RISKS or (like and _kind(question) != _kind(like))
        ):
            raise NotInBulk
        decide(
            item.id,
            actor=actor,
            version=item.version,
            digest=item.digest,
            decisions=[{"type": verb} for _action in question.actions],
            reason=reason,
            via=Decision.Via.BULK,
            auth_method=auth_method,
            undo_seconds=terms_of(question).undo_seconds,
        )

    return each(items, one, questions)


def each(
    items: Sequence[Item], act: Callable[[Item], Any], questions: dict[int, Interrupt]
) -> list[Outcome]:
    """Act on every one of at most fifty; a refusal is told beside the question it is about."""
    outcomes = []
    for item in items[:MOST]:
        error = None
        try:
            act(item)
        except ApprovalsError as refused:
            error = refused
        outcomes.append(Outcome(id=item.id, question=questions.get(item.id), error=error))
    return outcomes


def _visible(items: Iterable[Item], actor: User) -> dict[int, Interrupt]:
    rows = Interrupt.objects.visible_to(actor).defer("request", "state")
    return rows.in_bulk([item.id for item in items])


def _kind(question: Interrupt) -> tuple[str, str]:
    """Agent, and what its actions are called and take: what one glance can judge together."""
    shapes = [(action["name"], action["schema"]) for action in question.actions]
    return question.agent_id, json.dumps(shapes, sort_keys=True)
