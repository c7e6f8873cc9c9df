"""Taking a decision back, for as long as no worker may have read it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _

from agents import failpoints
from approvals import audit, news, permissions
from approvals.exceptions import (
    AlreadyResumed,
    Forbidden,
    NotFound,
    NothingToUndo,
    StaleQuestion,
)
from approvals.models import Decision, Interrupt, Run
from approvals.services.decisions import present_state
from approvals.services.runs import fresh

if TYPE_CHECKING:
    from django.contrib.auth.models import User

_UNREAD = (Run.Status.INTERRUPTED, Run.Status.RUNNING)


@transaction.atomic
def undo(interrupt_id: int, *, actor: User, via: str, version: int | None = None) -> Interrupt:
    """Let a decided question wait again, as if nobody had answered it; the record keeps both.

    A worker reads which answers it may carry, and this takes them away, under the same row lock
    and by the same clock: whoever comes second finds what the first one did. With `version`, that
    of the question as its decision left it, a decision made since is not taken back.

    Raises NotFound, Forbidden, NothingToUndo, StaleQuestion; AlreadyResumed once a worker may have
    read it.
    """
    person = fresh(actor)
    question = Interrupt.objects.visible_to(person).filter(pk=interrupt_id).first()
    if question is None:
        raise NotFound
    run = Run.objects.select_for_update().get(pk=question.run_id)
    question.refresh_from_db(fields=["status", "version", "held_reason"])
    decision = _decision(question)
    _check(person, question, run, decision)
    if version is not None and version != question.version:
        raise StaleQuestion(extra=present_state(question))
    was = _as_it_was(decision)
    question.votes.all().delete()
    decision.delete()
    _let_wait(question)
    failpoints.reached("undo.released")
    audit.append(run, "decision.undone", actor=person, interrupt=question, via=via, was=was)
    news.item("updated", question, by=person.get_username())
    news.run_updated(run)
    return question


def may_undo(user: User, decision: Decision) -> bool:
    """Whoever decided, and supervisors; never the one who asked for the run."""
    is_theirs = decision.actor_id == user.pk or permissions.is_supervisor(user)
    is_own_request = permissions.is_own_request(user, decision.interrupt)
    return is_theirs and permissions.is_reviewer(user) and not is_own_request


def _decision(question: Interrupt) -> Decision:
    """Looked at under the run's lock. Raises NothingToUndo."""
    rows = Decision.objects.annotate(is_held_back=Q(effective_at__gt=Now()))
    decision = rows.select_related("actor", "interrupt").filter(interrupt=question).first()
    if decision is None:
        raise NothingToUndo(extra=present_state(question))
    return decision


def _check(person: User, question: Interrupt, run: Run, decision: Decision) -> None:
    if not may_undo(person, decision):
        raise Forbidden(_("Only who decided this, or a supervisor, can take it back."))
    is_unread = (
        getattr(decision, "is_held_back", False)
        and question.status == Interrupt.Status.DECIDED
        and run.status in _UNREAD
        and run.intent != Run.Intent.CANCEL
    )
    if not is_unread:
        at = timezone.localtime(decision.effective_at)
        raise AlreadyResumed(
            _("Already resumed at %(time)s %(zone)s.")
            % {"time": f"{at:%H:%M:%S}", "zone": at.tzname()},
            extra=present_state(question),
        )


def _as_it_was(decision: Decision) -> dict[str, Any]:
    return {
        "verb": decision.verb,
        "decisions": decision.decisions,
        "reason": decision.reason,
        **({"reason_code": decision.reason_code} if decision.reason_code else {}),
        "by": decision.actor.get_username(),
        "via": decision.via,
        "at": decision.created_at.isoformat(),
    }


def _let_wait(question: Interrupt) -> None:
    Interrupt.objects.filter(pk=question.pk).update(
        status=Interrupt.Status.PENDING, version=F("version") + 1, updated_at=Now()
    )
    question.status, question.version = Interrupt.Status.PENDING, question.version + 1
