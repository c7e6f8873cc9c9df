"""The care a policy asks for, as the review page shows it and takes it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from agents.jsonable import canonical
from approvals.hiding.masking import is_mask
from approvals.models import Interrupt
from approvals.policy import Terms
from approvals.policy.care import Care, goes_through, is_same, place_of
from approvals.schemaform.labels import humanised
from approvals.schemaform.pointers import child, field_id, lookup, tokens
from approvals.schemaform.values import MISSING, Unparsed
from approvals.web.answer.drafts import Draft


@dataclass(frozen=True)
class Beside:
    """What would be carried out, against what a reviewer typed before they saw it."""

    value: Any
    is_same: bool


@dataclass(frozen=True, kw_only=True)
class Field:
    """A field to be ticked as checked, or to be typed again."""

    kind: str
    pointer: str
    label: str
    anchor: str
    note: str = ""
    is_checked: bool = False
    text: str = ""
    beside: Beside | None = None
    problem: str = ""

    @property
    def id(self) -> str:
        return field_id(self.pointer, prefix=self.kind)


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What the policy asks of whoever decides, and how far the draft has got with it."""

    terms: Terms
    flagged: list[Field]
    retype: list[Field]
    reason_problem: str = ""
    code_problem: str = ""

    @property
    def any(self) -> bool:
        return bool(self.flagged or self.retype)

    @property
    def is_lacking(self) -> bool:
        return any(field.problem for field in (*self.flagged, *self.retype))


def asked_of(
    interrupt: Interrupt, terms: Terms, draft: Draft, *, is_withheld: bool = False
) -> Asked:
    problems = draft.problems
    return Asked(
        terms=terms,
        flagged=[
            _field(
                interrupt, pointer, kind="check",
                note=terms.notes.get(pointer, ""),
                is_checked=pointer in draft.checked,
                problem=problems.get("/checked", "") and _unticked(pointer, draft),
            )
            for pointer in terms.flagged
        ],
        retype=[
            _field(
                interrupt, pointer, kind="retype",
                text=draft.retyped.get(pointer, ""),
                beside=None if is_withheld else _beside(interrupt, pointer, draft),
                problem=problems.get(child("/retyped", pointer), ""),
            )
            for pointer in terms.retype
        ],
        reason_problem=problems.get("/reason", ""),
        code_problem=problems.get("/reason_code", ""),
    )  # fmt: skip


def _beside(interrupt: Interrupt, pointer: str, draft: Draft) -> Beside | None:
    typed = draft.retyped.get(pointer, "")
    at, inside = place_of(pointer, len(interrupt.actions))
    value = lookup(draft.parts[at].edit.value, inside) if inside else None
    if (
        not typed.strip()
        or not draft.is_compared
        or value in (MISSING, None)
        or isinstance(value, Unparsed)
    ):
        return None
    return None if is_mask(value) else Beside(value, is_same(typed, value))


def flagged_in(interrupt: Interrupt, terms: Terms, index: int) -> set[str]:
    """The flagged fields of one action, as pointers into its arguments."""
    places = (place_of(pointer, len(interrupt.actions)) for pointer in terms.flagged)
    return {inside for at, inside in places if at == index}


def _unticked(pointer: str, draft: Draft) -> str:
    return "" if pointer in draft.checked else _("Tick this once you have checked it.")


def _field(interrupt: Interrupt, pointer: str, **fields: Any) -> Field:
    index, inside = place_of(pointer, len(interrupt.actions))
    prefix = "" if len(interrupt.actions) == 1 else f"a{index}:"
    label = " · ".join(humanised(part) for part in tokens(inside)) or _("Name of the action")
    if prefix:
        label = f"{interrupt.actions[index]['name']}: {label}"
    anchor = field_id(inside, prefix=prefix)
    return Field(pointer=pointer, label=label, anchor=anchor, **fields)


def care_of(draft: Draft) -> Care:
    return Care(checked=sorted(draft.checked), retyped=draft.retyped)


def seal_of(interrupt: Interrupt, decisions: Sequence[Any]) -> str:
    """Names exactly these decisions on exactly this question: what a second press confirms."""
    said = [interrupt.pk, interrupt.version, interrupt.digest, list(decisions)]
    return hashlib.sha256(canonical(said).encode()).hexdigest()[:32]


def needs_second_press(terms: Terms, decisions: Sequence[Any]) -> bool:
    return terms.confirm and any(map(goes_through, decisions))
