"""The care a decision takes, checked on the server against the frozen terms."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from agents.dialects.request import ReviewerDecision
from approvals.policy.reasons import ActionDecision, against, code_of, is_owed
from approvals.policy.terms import Terms
from approvals.schemaform.pointers import child, lookup, tokens
from approvals.schemaform.values import MISSING
from langvel.core.policy import as_number

_APPROVING = ("approve", "edit")


@dataclass(frozen=True, kw_only=True)
class Care:
    """What a reviewer did besides choosing: fields ticked as checked, values typed again."""

    checked: Sequence[str] = ()
    retyped: Mapping[str, str] = field(default_factory=dict)


def lacking(
    terms: Terms,
    actions: Sequence[Mapping[str, Any]],
    decisions: Sequence[ActionDecision],
    *,
    reason: str,
    care: Care,
    reason_code: str = "",
) -> dict[str, str]:
    """What is missing, by pointers into the body of a decision; nothing when enough was done."""
    faults: dict[str, str] = {}
    approved = [goes_through(decision) for decision in decisions]
    if terms.reason_required and not (
        reason.strip() or _is_explained(terms, decisions, reason_code)
    ):
        faults["/reason"] = _("Say why: this decision takes a reason.")
    faults |= against(terms, decisions, reason_code=reason_code)
    unticked = [
        pointer
        for pointer in about(terms.flagged, approved)
        if pointer not in care.checked
    ]  # fmt: skip
    if unticked:
        faults["/checked"] = _("Say that this was checked: %(fields)s") % {
            "fields": ", ".join(unticked)
        }
    for pointer in about(terms.retype, approved):
        if not is_same(care.retyped.get(pointer, ""), _final(pointer, actions, decisions)):
            faults[child("/retyped", pointer)] = _(
                "This is not the value that would be carried out."
            )
    return faults


def _is_explained(terms: Terms, decisions: Sequence[ActionDecision], reason_code: str) -> bool:
    """Whether reasons that were named, or will have to be, say why of every action."""
    return not any(
        goes_through(one) or not (code_of(one, reason_code) or is_owed(terms, one))
        for one in decisions
    )


def goes_through(decision: ReviewerDecision) -> bool:
    """Whether something is carried out: consent, or the answer to a question."""
    return decision["type"] in _APPROVING or "value" in decision


def about(pointers: Iterable[str], approved: Sequence[bool]) -> list[str]:
    """Those into actions that would be carried out. A rejected one takes no checking."""
    return [pointer for pointer in pointers if approved[place_of(pointer, len(approved))[0]]]


def place_of(pointer: str, count: int) -> tuple[int, str]:
    """The action a pointer of the terms is about, and the pointer into its arguments."""
    if count == 1:
        return 0, pointer
    first = tokens(pointer)[0]
    return int(first), pointer[len(first) + 1 :]


def _final(
    pointer: str, actions: Sequence[Mapping[str, Any]], decisions: Sequence[ReviewerDecision]
) -> Any:
    index, inside = place_of(pointer, len(actions))
    if not inside:
        return actions[index]["name"]
    decision = decisions[index]
    return lookup(decision["args"] if "args" in decision else actions[index]["args"], inside)


def is_same(typed: str, value: Any) -> bool:
    """Whether this is what somebody typed. Of a field that an edit took away nothing is left."""
    if value is MISSING:
        return True
    number = as_number(value)
    if number is not None:
        return as_number(typed) == number
    return typed.strip() == str(value).strip()
