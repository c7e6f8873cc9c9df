"""Values that a reviewer types from what they know: covered wherever they would read them first."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from approvals import permissions
from approvals.hiding.masking import is_mask
from approvals.models import Interrupt, Run
from approvals.policy import terms_of
from approvals.policy.care import place_of
from approvals.schemaform.pointers import lookup
from approvals.schemaform.values import MISSING
from langvel.core.policy import as_number

if TYPE_CHECKING:
    from django.contrib.auth.models import User

_NUMBER = re.compile(r"\d(?:[\d.,' \u00a0\u202f]*\d)?")
_BETWEEN = re.compile(r"(,?[ \u00a0\u202f]+|,)")
_GROUPING = re.compile(r"[,' \u00a0\u202f]")
_SHORTEST = 4
"""Shorter texts would be found in others by chance; fields that hold them are covered anyway."""

_TEXTS = ("title", "summary", "effect", "description")


@dataclass(frozen=True)
class Cover:
    """What is covered: numbers however they are written, and texts."""

    numbers: frozenset[Any] = frozenset()
    texts: frozenset[str] = frozenset()

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

    def __or__(self, other: Cover) -> Cover:
        return Cover(self.numbers | other.numbers, self.texts | other.texts)

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
        if not self:
            return text
        if text in self.texts:
            return _hint()
        for one in sorted(self.texts, key=len, reverse=True):
            if len(one) >= _SHORTEST:
                text = text.replace(one, _hint())
        return _NUMBER.sub(lambda found: self._number(found[0]), text)

    def with_note(self, data: dict[str, Any]) -> dict[str, Any]:
        """Raw data; where something is left out of it, it says so."""
        why = _(
            "What you have to type before you see it is left out until the question is decided."
        )
        return {"left_out": why} | self.over(data) if self else data

    def over_question(self, question: Interrupt) -> Interrupt:
        """Its sentences, in an object that is never saved."""
        shown, absent = copy.copy(question), question.get_deferred_fields()
        for name in _TEXTS:
            if name not in absent:
                setattr(shown, name, self.over_text(getattr(question, name)))
        return shown

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


NOTHING = Cover()


def _hint() -> str:
    return _("(not shown yet)")


def covers_of(questions: Iterable[Interrupt], *, user: User) -> dict[int, Cover]:
    """By question, what this person has to say of it first; in most there is no such thing.

    Who may not decide a question says nothing of it, and sees it as it is.
    """
    owed = _owed(questions, user)
    unread = [one.pk for one in owed if "actions" in one.get_deferred_fields()]
    if unread:
        whole = Interrupt.objects.only("actions", "policy", "risk").in_bulk(unread)
        owed = [whole.get(one.pk, one) for one in owed]
    return {one.pk: cover for one in owed if (cover := Cover.of(one))}


def _owed(questions: Iterable[Interrupt], user: User) -> list[Interrupt]:
    """Those that wait for a value from this person."""
    found = [
        one
        for one in questions
        if one.is_pending and one.policy.get("retype") and not permissions.is_own_request(user, one)
    ]
    if not found or not permissions.is_reviewer(user):
        return []
    names = permissions.groups_of(user)
    return [one for one in found if not permissions.missing_groups(one, names)]


def says_first(user: User, question: Interrupt) -> bool:
    """Whether this person decides it by saying, before they see it, what is to be carried out."""
    return question.pk in covers_of([question], user=user)


def cover_for(question: Interrupt, *, user: User) -> Cover:
    return covers_of([question], user=user).get(question.pk, NOTHING)


def shown(questions: Sequence[Interrupt], *, user: User) -> list[Interrupt]:
    """The same questions, for a list this person reads: to be shown, never saved."""
    covers = covers_of(questions, user=user)
    return [covers[one.pk].over_question(one) if one.pk in covers else one for one in questions]


def cover_of_run(run: Run, *, user: User, but_for: int | None = None) -> Cover:
    """What its questions wait to hear from this person; of `but_for` it was said."""
    waiting = run.interrupts.pending().defer("request", "actions", "state", "secrets")
    cover = NOTHING
    for pk, one in covers_of(waiting, user=user).items():
        cover = cover if pk == but_for else cover | one
    return cover


def cover_run(run: Run, cover: Cover) -> None:
    """Cover the values of a run that is only to be shown, and never saved."""
    if cover:
        for column in ("input", "result", "error"):
            setattr(run, column, cover.over(getattr(run, column)))
