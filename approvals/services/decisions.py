"""decide(): the only writer of decisions. Page, API, bulk and mail link all end here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from agents import dialects, failpoints, registry
from agents.dialects.request import InvalidAnswer, Reviewer, ReviewerDecision
from approvals import permissions, schemaform
from approvals.exceptions import (
    AgentUnavailable,
    AlreadyDecided,
    CareNeeded,
    Conflict,
    Expired,
    Forbidden,
    Held,
    InvalidDecision,
    NotFound,
    NotInBulk,
    NotPending,
    OwnRequest,
    StaleQuestion,
    WrongGroup,
)
from approvals.jsontext import refuse_unstorable
from approvals.masking import as_shown, put_back, revealed
from approvals.models import Decision, Interrupt, Run
from approvals.policy import terms_of
from approvals.policy.care import Care, lacking
from approvals.schemaform.pointers import child
from approvals.services.recording import Answer, store, win
from approvals.services.runs import fresh
from langvel.core.policy import MAX_UNDO_SECONDS
from langvel.exceptions import UnknownField

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
    decisions: Sequence[ReviewerDecision],
    via: str,
    auth_method: str,
    reason: str = "",
    undo_seconds: int = 0,
    care: Care = NO_CARE,
) -> Decision:
    """Record one reviewer's answer; the last one a run waits for wakes it.

    `version` and `digest` are those of the question the reviewer saw; `decisions` holds one for
    each action, in order. The run resumes `undo_seconds` from now at the earliest, at most two
    minutes. `care` is what the reviewer did besides, as the question's policy asks for.

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
    decisions: Sequence[ReviewerDecision],
    via: str,
    reason: str = "",
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
    resume_value = check_answer(question, whole, reviewer=reviewer, reason=reason)
    _check_care(revealed(question), whole, reason=reason, care=care, via=via)
    return Answer(
        question=question,
        version=version,
        digest=digest,
        decisions=as_shown(question, decisions),
        resume_value=resume_value,
        reason=reason,
    )


def _check_right(reviewer: User, question: Interrupt) -> None:
    if permissions.is_own_request(reviewer, question):
        raise OwnRequest
    if not permissions.is_reviewer(reviewer):
        raise Forbidden("You may not decide questions.")
    if groups := permissions.groups_lacked(reviewer, question):
        raise WrongGroup(f"Only members of {' or '.join(groups)} may decide this.")


def _check_seen(question: Interrupt, *, version: int, digest: str) -> None:
    """Say early, and before any fault of the answer, that the question is gone or another."""
    if question.status != Interrupt.Status.PENDING or question.held_reason or _is_past(question):
        raise _conflict(question)
    if (question.version, question.digest) != (version, digest):
        raise StaleQuestion(extra=present_state(question))


def _check_care(
    question: Interrupt,
    decisions: Sequence[ReviewerDecision],
    *,
    reason: str,
    care: Care,
    via: str,
) -> None:
    terms = terms_of(question)
    if via == Decision.Via.BULK and not terms.bulk:
        raise NotInBulk
    if faults := lacking(terms, question.actions, decisions, reason=reason, care=care):
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


def check_answer(
    question: Interrupt,
    decisions: Sequence[ReviewerDecision],
    *,
    reviewer: User,
    reason: str = "",
) -> Any:
    """The value the graph would resume with.

    Raises InvalidDecision, or AgentUnavailable for an edit whose model cannot be loaded.
    """
    refuse_unstorable({"decisions": list(decisions), "reason": reason})
    question = revealed(question)
    by = Reviewer(name=reviewer.get_username(), at=timezone.now().isoformat())
    told = [_with_reason(decision, reason) for decision in decisions]
    try:
        value = dialects.answer(
            question.dialect,
            actions=question.actions,
            decisions=told,
            by=by,
            payload=question.request,
            interrupt_id=question.interrupt_id,
        )
    except InvalidAnswer as error:
        raise InvalidDecision(errors=error.errors) from error
    if errors := _model_errors(question, dialects.state_edit(question.dialect, value)):
        raise InvalidDecision(errors=errors)
    return value


def _with_reason(decision: ReviewerDecision, reason: str) -> ReviewerDecision:
    """The reason given for the whole question is what the graph hears where no message is.

    A response is itself what the graph hears, and never made of a reason.
    """
    if not isinstance(decision, Mapping) or decision.get("message") or not reason:
        return decision
    if decision.get("type") == "respond":
        return decision
    return {**decision, "message": reason}


def _model_errors(question: Interrupt, edit: dict[str, Any] | None) -> dict[str, str]:
    """Ask the agent's own model, custom validators included, before the decision is stored.

    Where a graph only stopped, its state may be that of a graph within the agent: a model that
    refuses what nobody touched has nothing to say about it.
    """
    if not edit:
        return {}
    action = question.actions[0]
    found = _faults(question, action, edit)
    if found and question.dialect in dialects.STOPS:
        untouched = {name: action["args"][name] for name in edit if name in action["args"]}
        found = {} if _faults(question, action, untouched) else found
    return {f"/0/args{pointer}": message for pointer, message in found.items()}


def _faults(question: Interrupt, action: Mapping[str, Any], args: dict[str, Any]) -> dict[str, str]:
    try:
        agent = registry.load(question.agent_id)
    except (registry.BadAgentPath, registry.UnknownAgent) as error:
        raise AgentUnavailable from error
    try:
        agent.validate_edit(question.state, args)
    except ValidationError as error:
        return {
            _place(action["schema"], fault["loc"]): _said(fault)
            for fault in error.errors(include_url=False, include_context=False)
        }
    except ValueError as error:
        return {"": str(error)}
    except UnknownField:
        # What is edited was offered, so the state is not this model's but that of a graph within.
        return {}
    return {}


def _place(schema: Any, loc: tuple[int | str, ...]) -> str:
    """Pydantic's place of a fault as a pointer; without a schema only its field is certain."""
    if schema:
        return schemaform.locate(schema, loc)
    return child("", loc[0]) if loc else ""


def _said(fault: ErrorDetails) -> str:
    """The sentence of a model's own validator without the prefix Pydantic puts before it."""
    if fault["type"] in ("value_error", "assertion_error"):
        return fault["msg"].partition(", ")[2]
    return fault["msg"]


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
            f"{extra['decided_by']} decided this first ({extra['verb']}).", extra=extra
        )
    if question.status == Interrupt.Status.PENDING and question.held_reason:
        return Held(question.held_reason, extra=extra)
    if question.status == Interrupt.Status.PENDING:
        return StaleQuestion(extra=extra)
    return NotPending(extra=extra)
