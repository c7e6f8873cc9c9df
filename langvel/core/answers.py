"""From what a caller of resume() gives to one answer for each waiting question."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from langgraph.types import Interrupt

from langvel.core.decision import CONTINUE, VERBS, Decision, apply_edit
from langvel.core.request import is_request
from langvel.core.review import answer_to, is_asked
from langvel.core.values import load
from langvel.exceptions import InvalidDecision
from langvel.state.base import StateModel
from langvel.state.storable import require_storable


def is_state_change(input_data: Any, interrupts: Sequence[Interrupt]) -> bool:
    """Whether the caller gave state values; only gates have state for an answer."""
    return (
        isinstance(input_data, Mapping)
        and bool(input_data)
        and input_data.get("type") not in VERBS
        and not _by_id(input_data, interrupts)
        and all(
            is_request(question.value) and not is_asked(question.value) for question in interrupts
        )
    )


def answers_for(
    model: type[StateModel],
    interrupts: Sequence[Interrupt],
    input_data: Any,
    *,
    values: Mapping[str, Any],
) -> dict[str, Any]:
    """An answer by interrupt id, each checked first: a wrong one would stick to the thread."""
    if _by_id(input_data, interrupts):
        given = dict(input_data)
    elif input_data is not None and len(interrupts) > 1:
        raise InvalidDecision(
            f"{len(interrupts)} questions wait: give a decision for each, by interrupt id "
            f"({', '.join(interrupt.id for interrupt in interrupts)})."
        )
    else:
        given = {interrupt.id: input_data for interrupt in interrupts}
    waiting = {interrupt.id: interrupt for interrupt in interrupts}
    return {id: _answer(model, waiting[id], answer, values=values) for id, answer in given.items()}


def _by_id(input_data: Any, interrupts: Sequence[Interrupt]) -> bool:
    ids = {interrupt.id for interrupt in interrupts}
    return isinstance(input_data, Mapping) and bool(input_data) and set(input_data) <= ids


def _answer(
    model: type[StateModel], question: Interrupt, answer: Any, *, values: Mapping[str, Any]
) -> Any:
    request = question.value
    if not is_request(request):
        return answer
    if answer is None and not is_asked(request):
        return CONTINUE
    decision = Decision.read(answer, request=request)
    edits = decision.edits(request["action"]["args"])
    if edits and not is_asked(request):
        require_storable(apply_edit(load(model, values), edits))
    return answer_to(question, answer)
