"""Who takes care of a question, for all verbs of claiming, assigning and snoozing: who may, and when."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models.functions import Now
from django.utils.translation import gettext as _

from approvals import audit, news, permissions
from approvals.exceptions import AlreadyDecided, Forbidden, NotFound, NotPending, OwnRequest
from approvals.models import Interrupt, Run
from approvals.services.decisions import present_state
from approvals.services.runs import fresh

if TYPE_CHECKING:
    from datetime import datetime

    from django.contrib.auth.models import User

PEOPLE = ("assignee", "claimed_by", "snoozed_by")


@dataclass(frozen=True, kw_only=True)
class Hand:
    """A pending question under its run's lock, in the hand of somebody who may decide it.

    `version` and `digest` are left alone by everything done here: consent is about the question,
    not about who holds it, so nobody's open form gets stale.
    """

    person: User
    question: Interrupt
    run: Run
    now: datetime

    def change(self, event: str, action: str, /, **columns: Any) -> Interrupt:
        """Store it, with the audit entry and the news. The question as it stands afterwards."""
        data = columns.pop("data", {})
        Interrupt.objects.filter(pk=self.question.pk).update(**columns, updated_at=Now())
        audit.append(self.run, action, actor=self.person, interrupt=self.question, **data)
        self.question.refresh_from_db(fields=[*columns])
        news.item(event, self.question, by=self.person.get_username())
        return self.question


def take(interrupt_id: int, *, actor: User) -> Hand:
    """Lock the run and read the question behind it. Call inside a transaction.

    Raises NotFound, OwnRequest, Forbidden; AlreadyDecided or NotPending with the present state.
    """
    person = fresh(actor)
    visible = Interrupt.objects.visible_to(person)
    found = visible.filter(pk=interrupt_id).values_list("run_id", flat=True).first()
    if found is None:
        raise NotFound
    run = Run.objects.select_for_update().get(pk=found)
    rows = Interrupt.objects.defer("request", "actions", "state").select_related(*PEOPLE)
    question = rows.annotate(now=Now()).get(pk=interrupt_id)
    if permissions.is_own_request(person, question):
        raise OwnRequest(_("You asked for this run, so somebody else must take care of it."))
    if not permissions.can_decide(person, question):
        raise Forbidden(_("You may not decide this question."))
    if not question.is_pending:
        raise _gone(question)
    return Hand(person=person, question=question, run=run, now=question.now)


def standing(question: Interrupt) -> dict[str, Any]:
    """Who takes care of a question, for whoever came second."""
    until, snoozed = question.claimed_until, question.snoozed_until
    return {
        "id": question.pk,
        "status": question.status,
        "assignee": name_of(question.assignee),
        "claimed_by": name_of(question.claimed_by),
        "claimed_until": until.isoformat() if until else None,
        "snoozed_by": name_of(question.snoozed_by),
        "snoozed_until": snoozed.isoformat() if snoozed else None,
    }


def name_of(person: User | None) -> str | None:
    return person.get_username() if person else None


def _gone(question: Interrupt) -> NotPending | AlreadyDecided:
    state = present_state(question)
    if state["decided_by"]:
        return AlreadyDecided(
            _("%(name)s decided this first.") % {"name": state["decided_by"]}, extra=state
        )
    return NotPending(extra=state)
