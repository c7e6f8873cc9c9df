"""Whether an answer fits its question, and what the graph would resume with. Nothing is stored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from django.utils import timezone
from django.utils.translation import gettext as _
from pydantic import ValidationError

from agents import dialects, registry
from agents.dialects.request import InvalidAnswer, Reviewer, ReviewerDecision
from agents.schemas.models import sentence_of
from approvals import schemaform
from approvals.exceptions import AgentUnavailable, InvalidDecision
from approvals.hiding.masking import revealed
from approvals.jsontext import refuse_unstorable
from approvals.models import Interrupt
from approvals.policy.reasons import KEY, ActionDecision, in_full
from approvals.schemaform.pointers import child
from langvel.exceptions import UnknownField

if TYPE_CHECKING:
    from django.contrib.auth.models import User


def check_answer(
    question: Interrupt,
    decisions: Sequence[ActionDecision],
    *,
    reviewer: User,
    reason: str = "",
    reason_code: str = "",
) -> Any:
    """The value the graph would resume with; of codes it hears the words alone.

    Raises InvalidDecision, or AgentUnavailable for an edit whose model cannot be loaded.
    """
    refuse_unstorable({"decisions": list(decisions), "reason": [reason_code, reason]})
    _refuse_strange_codes(decisions)
    question = revealed(question)
    by = Reviewer(name=reviewer.get_username(), at=timezone.now().isoformat())
    told = [_as_heard(one, reason=reason, reason_code=reason_code) for one in decisions]
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


def _refuse_strange_codes(decisions: Sequence[ActionDecision]) -> None:
    errors = {
        f"/{index}/{KEY}": _("must be text")
        for index, decision in enumerate(decisions)
        if isinstance(decision, Mapping) and not isinstance(decision.get(KEY, ""), str)
    }
    if errors:
        raise InvalidDecision(errors=errors)


def _as_heard(decision: ActionDecision, *, reason: str, reason_code: str) -> ReviewerDecision:
    """The reason given for the whole question is what the graph hears where no message is.

    A rejection's code comes before the words, its own or that for all. A response is itself what
    the graph hears, and never made of a reason.
    """
    if not isinstance(decision, Mapping):
        return decision
    bare: Any = {name: value for name, value in decision.items() if name != KEY}
    verb, message = bare.get("type"), bare.get("message") or reason
    if verb == "respond" or not isinstance(message, str):
        return bare
    code = decision.get(KEY, reason_code) if verb == "reject" else ""
    heard = in_full(code, message)
    return {**bare, "message": heard} if heard else bare


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
            _place(action["schema"], fault["loc"]): sentence_of(fault)
            for fault in error.errors(include_url=False)
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
