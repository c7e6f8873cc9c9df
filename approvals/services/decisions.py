"""decide(): where page, API and bulk end. What it has checked and won, `recording` writes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from agents import failpoints
from approvals import permissions
from approvals.exceptions import (
    AlreadyDecided,
    CareNeeded,
    Conflict,
    Expired,
    Forbidden,
    Held,
    NotFound,
    NotInBulk,
    NotPending,
    OwnRequest,
    StaleQuestion,
    WrongGroup,
)
from approvals.hiding.masking import as_shown, put_back, revealed
from approvals.models import Decision, Interrupt, Run
from approvals.policy import terms_of
from approvals.policy.care import Care, lacking
from approvals.policy.reasons import ActionDecision, placed
from approvals.services.answering import check_answer
from approvals.services.recording import Answer, store, win
from approvals.services.runs import fresh
from approvals.stored import in_words
from langvel.core.policy import MAX_UNDO_SECONDS

if TYPE_CHECKING:
    from django.contrib.auth.models import User

NO_CARE = Care()


@transaction.atomic
def decide(
    interrupt_id: int,
    *,
    actor: User,
    version: int,
    digest: str,
    decisions: Sequence[ActionDecision],
    via: str,
    auth_method: str,
    reason: str = "",
    reason_code: str = "",
    undo_seconds: int = 0,
    care: Care = NO_CARE,
) -> Decision:
    """Record one reviewer's answer; the last one a run waits for wakes it.

    `version` and `digest` are those of the question the reviewer saw; `decisions` holds one for
    each action, in order. The run resumes `undo_seconds` from now at the earliest, at most two
    minutes. `care` is what the reviewer did besides, as the question's policy asks for;
    `reason_code` one of the reasons it names, for each decision that names none itself.

    Raises NotFound, Forbidden, OwnRequest; Conflict (AlreadyDecided, StaleQuestion, NotPending,
    Held, Expired) with the present state in `extra`; InvalidDecision with pointers into `decisions`;
    AgentUnavailable when an edit cannot be checked; CareNeeded and NotInBulk when the policy asks
    for more. Whatever is raised, nothing was stored.
    """
    answer = check(
        interrupt_id,
        actor=actor,
        version=version,
        digest=digest,
        decisions=decisions,
        via=via,
        reason=reason,
        reason_code=reason_code,
        care=care,
    )
    failpoints.reached("decide.checked")
    _claim(answer)
    failpoints.reached("decide.claimed")
    return store(
        [answer],
        actor=actor,
        via=via,
        auth_method=auth_method,
        undo_seconds=min(undo_seconds, MAX_UNDO_SECONDS),
    )[0]


def check(
    interrupt_id: int,
    *,
    actor: User,
    version: int,
    digest: str,
    decisions: Sequence[ActionDecision],
    via: str,
    reason: str = "",
    reason_code: str = "",
    care: Care = NO_CARE,
) -> Answer:
    """Raise whatever `decide` would raise now, and store nothing."""
    reviewer = fresh(actor)
    question = Interrupt.objects.visible_to(reviewer).filter(pk=interrupt_id).first()
    if question is None:
        raise NotFound
    _check_right(reviewer, question)
    _check_seen(question, version=version, digest=digest)
    whole = put_back(question, decisions)
    resume_value = check_answer(
        question, whole, reviewer=reviewer, reason=reason, reason_code=reason_code
    )
    _check_care(
        revealed(question), whole, reason=reason, reason_code=reason_code, care=care, via=via
    )
    stored, reason_code = placed(decisions, reason_code)
    return Answer(
        question=question,
        version=version,
        digest=digest,
        decisions=as_shown(question, stored),
        resume_value=resume_value,
        reason=reason,
        reason_code=reason_code,
    )


def _check_right(reviewer: User, question: Interrupt) -> None:
    if permissions.is_own_request(reviewer, question):
        raise OwnRequest
    if not permissions.is_reviewer(reviewer):
        raise Forbidden(_("You may not decide questions."))
    if groups := permissions.groups_lacked(reviewer, question):
        raise WrongGroup(
            _("Only members of %(groups)s may decide this.") % {"groups": _(" or ").join(groups)}
        )


def _check_seen(question: Interrupt, *, version: int, digest: str) -> None:
    """Say early, and before any fault of the answer, that the question is gone or another."""
    if question.status != Interrupt.Status.PENDING or question.held_reason or _is_past(question):
        raise _conflict(question)
    if (question.version, question.digest) != (version, digest):
        raise StaleQuestion(extra=present_state(question))


def _check_care(
    question: Interrupt,
    decisions: Sequence[ActionDecision],
    *,
    reason: str,
    reason_code: str,
    care: Care,
    via: str,
) -> None:
    terms = terms_of(question)
    if via == Decision.Via.BULK and not terms.bulk:
        raise NotInBulk
    faults = lacking(
        terms, question.actions, decisions, reason=reason, reason_code=reason_code, care=care
    )
    if faults:
        raise CareNeeded(errors=faults)


def _claim(answer: Answer) -> None:
    """Lock the run, then win the question, or raise. From here on nobody else can decide it."""
    question = answer.question
    question.run = run = Run.objects.select_for_update().get(pk=question.run_id)
    if not win([answer]):
        raise _conflict(Interrupt.objects.get(pk=question.pk))
    # Beside a question that resumes alone, the answers to others are under way.
    waits = run.status == Run.Status.INTERRUPTED or (
        run.status == Run.Status.RUNNING and question.resumes_alone
    )
    if not waits or run.intent == Run.Intent.CANCEL:
        raise NotPending(extra=present_state(question))


def present_state(question: Interrupt) -> dict[str, Any]:
    """How a question stands, for whoever came too late: status, version, who decided what."""
    decision = Decision.objects.filter(interrupt=question).select_related("actor").first()
    return {
        "id": question.pk,
        "status": Interrupt.Status.EXPIRED if _is_past(question) else question.status,
        "held_reason": question.held_reason,
        "version": question.version,
        "digest": question.digest,
        "decided_by": decision.actor.get_username() if decision else None,
        "decided_at": decision.created_at.isoformat() if decision else None,
        "verb": decision.verb if decision else None,
    }


def _is_past(question: Interrupt) -> bool:
    """By our own clock; when it is behind the database's, the claim still fails there."""
    return (
        question.is_pending
        and question.expires_at is not None
        and question.expires_at <= timezone.now()
    )


def _conflict(question: Interrupt) -> Conflict:
    extra = present_state(question)
    if question.status == Interrupt.Status.EXPIRED or _is_past(question):
        return Expired(extra=extra)
    if question.status in (Interrupt.Status.DECIDED, Interrupt.Status.APPLIED):
        return AlreadyDecided(
            _("%(who)s decided this first (%(verb)s).")
            % {"who": extra["decided_by"], "verb": extra["verb"]},
            extra=extra,
        )
    if question.status == Interrupt.Status.PENDING and question.held_reason:
        return Held(in_words(question.held_reason), extra=extra)
    if question.status == Interrupt.Status.PENDING:
        return StaleQuestion(extra=extra)
    return NotPending(extra=extra)
