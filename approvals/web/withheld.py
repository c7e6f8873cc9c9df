"""A value that a reviewer types from what they know, before their page shows the agent's."""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.utils.translation import gettext as _

from approvals.masking import is_mask
from approvals.models import Interrupt
from approvals.policy import terms_of
from approvals.policy.care import place_of
from approvals.schemaform.pointers import lookup
from approvals.schemaform.values import MISSING
from approvals.web import drafts
from approvals.web.drafts import Draft
from langvel.core.policy import as_number

_NUMBER = re.compile(r"\d(?:[\d.,' \u00a0\u202f]*\d)?")
_BETWEEN = re.compile(r"(,?[ \u00a0\u202f]+|,)")
_GROUPING = re.compile(r"[,' \u00a0\u202f]")
_SHORTEST = 4
"""Shorter texts would be found in others by chance; fields that hold them are covered anyway."""

_TEXTS = ("title", "summary", "effect", "description")


@dataclass(frozen=True)
class Cover:
    """What is covered: numbers however they are written, and texts."""

    numbers: frozenset[Any]
    texts: frozenset[str]

    @classmethod
    def of(cls, interrupt: Interrupt) -> Cover:
        """Over the values to be typed. The name of an action is no secret: every list shows it."""
        places = (place_of(one, len(interrupt.actions)) for one in terms_of(interrupt).retype)
        values = [lookup(interrupt.actions[at]["args"], inside) for at, inside in places if inside]
        known = [value for value in values if value not in (MISSING, None) and not is_mask(value)]
        numbers = {number for value in known if (number := as_number(value)) is not None}
        texts = {str(value) for value in known if as_number(value) is None}
        return cls(frozenset(numbers), frozenset(texts))

    def __bool__(self) -> bool:
        return bool(self.numbers or self.texts)

    def over(self, value: Any) -> Any:
        if isinstance(value, Mapping):
            return {key: self.over(inner) for key, inner in value.items()}
        if isinstance(value, list):
            return [self.over(inner) for inner in value]
        if isinstance(value, str):
            return self.over_text(value)
        number = None if isinstance(value, bool) else as_number(value)
        return _hint() if number is not None and number in self.numbers else value

    def over_text(self, text: str) -> str:
        if text in self.texts:
            return _hint()
        for one in sorted(self.texts, key=len, reverse=True):
            if len(one) >= _SHORTEST:
                text = text.replace(one, _hint())
        return _NUMBER.sub(lambda found: self._number(found[0]), text)

    def _number(self, text: str) -> str:
        """A number, grouped or not; else several, that only stand side by side."""
        if self._is_one(text):
            return _hint()
        pieces = _BETWEEN.split(text)
        return "".join(_hint() if self._is_one(piece) else piece for piece in pieces)

    def _is_one(self, text: str) -> bool:
        """As it is written in English, or with a comma before the decimals."""
        plain = _GROUPING.sub("", text)
        german = re.sub(r"[.' \u00a0\u202f]", "", text).replace(",", ".")
        return not self.numbers.isdisjoint({as_number(plain), as_number(german)})


def _hint() -> str:
    return _("(not shown yet)")


def is_withheld(interrupt: Interrupt, draft: Draft) -> bool:
    """Whether this draft has still to say the values that its question wants typed again."""
    if not interrupt.is_pending or not Cover.of(interrupt):
        return False
    is_said = all(draft.retyped.get(one, "").strip() for one in terms_of(interrupt).retype)
    return not (is_said and draft.is_compared)


def covered(interrupt: Interrupt) -> Interrupt:
    """The question without those values, as an object that is never saved."""
    cover, shown = Cover.of(interrupt), copy.copy(interrupt)
    shown.actions = [
        {**one, **{name: cover.over(one[name]) for name in ("args", "description") if name in one}}
        for one in interrupt.actions
    ]
    shown.state = cover.over(interrupt.state)
    shown.request = cover.over(interrupt.request)
    for name in _TEXTS:
        setattr(shown, name, cover.over_text(getattr(interrupt, name)))
    return shown


def without_values(shown: Interrupt, draft: Draft) -> Draft:
    """The draft for a covered question: everything but what was typed into its fields."""
    blank = drafts.blank(shown).parts
    return replace(
        draft,
        parts=tuple(
            replace(part, edit=empty.edit) for part, empty in zip(draft.parts, blank, strict=True)
        ),
    )
