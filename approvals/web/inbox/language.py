"""The filter language of the inbox's search box: agent:orders risk:high "new account" -draft.

What cannot be understood is told and narrows nothing: a typing mistake must never hide a question.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib.postgres.search import SearchQuery, SearchVectorExact
from django.db.models import Func, Q, QuerySet, TextField, Value
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from approvals.models import Agent, Interrupt
from approvals.models.interrupt import WORDS

if TYPE_CHECKING:
    from django.contrib.auth.models import User

MOST_TERMS = 20
_TERM = re.compile(r'(?P<minus>-?)(?:(?P<key>[A-Za-z]\w*):)?(?P<value>"[^"]*"|[^\s"]+|(?<=:))')
_HAS_WORD = re.compile(r"[^\W_]")
_STILL_TYPED = re.compile(r"(?:^|\s)[^\s\"-][^\s\"]*$")


class Misread(Exception):
    """A term that cannot be understood; the message is for the person who typed it."""


@dataclass(kw_only=True)
class Wanted:
    """What somebody asked for, and what could not be understood of it.

    `status` and `with_snoozed` widen the list a view begins with; everything else narrows it.
    """

    words: str = ""
    conditions: list[Q] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    status: str = ""
    with_snoozed: bool = False

    def narrow(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        """Everything that was understood, except what a list begins with."""
        rows = rows.filter(*self.conditions)
        return rows.filter(SearchVectorExact(WORDS, _query(self.words))) if self.words else rows


class Begun(Func):
    """The text of websearch_to_tsquery, with its last word as a beginning."""

    template = (
        "coalesce(nullif(websearch_to_tsquery('simple', %(expressions)s)::text, '') || ':*', '')"
    )
    output_field: ClassVar[Any] = TextField()


def _query(words: str) -> SearchQuery:
    """The last word may still be being typed, unless it is quoted or shut out."""
    if _STILL_TYPED.search(words):
        return SearchQuery(Begun(Value(words)), config="simple", search_type="raw")
    return SearchQuery(words, config="simple", search_type="websearch")


def understood(text: str, *, user: User) -> Wanted:
    wanted = Wanted()
    if text.count('"') % 2:
        wanted.problems.append(_("A quotation mark is missing its partner."))
        text = "".join(text.rsplit('"', 1))
    terms = list(_TERM.finditer(text))
    if len(terms) > MOST_TERMS:
        wanted.problems.append(
            _("Only the first %(count)d terms are used.") % {"count": MOST_TERMS}
        )
    words = []
    for term in terms[:MOST_TERMS]:
        if term["key"]:
            _narrow(wanted, term, user)
        elif _HAS_WORD.search(term["value"]):
            words.append(term[0])
        else:
            wanted.problems.append(_("“%(term)s” has no word to search for.") % {"term": term[0]})
    wanted.words = " ".join(words)
    return wanted


def _narrow(wanted: Wanted, term: re.Match[str], user: User) -> None:
    key, value = term["key"].lower(), term["value"].strip('"').strip()
    try:
        if key not in _READERS:
            known = ", ".join(f"{name}:" for name in _READERS)
            raise Misread(
                _(
                    "“%(key)s:” is not a filter. There are %(known)s; "
                    "words with a colon need quotation marks."
                )
                % {"key": key, "known": known}
            )
        if not value:
            raise Misread(
                _("“%(key)s:” needs a value, as in %(example)s.")
                % {"key": key, "example": _EXAMPLES[key]}
            )
        condition = _READERS[key](wanted, value, user)
    except Misread as error:
        wanted.problems.append(str(error))
        return
    wanted.conditions.append(~condition if term["minus"] else condition)


def _agent(wanted: Wanted, value: str, user: User) -> Q:
    keys = list(
        Agent.objects.filter(Q(key__iexact=value) | Q(title__iexact=value)).values_list(
            "key", flat=True
        )
    )
    if not keys:
        raise Misread(_("No agent is called “%(name)s”.") % {"name": value})
    return Q(agent=keys[0]) if len(keys) == 1 else Q(agent__in=keys)


def _risk(wanted: Wanted, value: str, user: User) -> Q:
    names = value.lower().split(",")
    for name in names:
        if name not in Interrupt.Risk.values:
            raise Misread(
                _("“%(name)s” is not a risk: %(known)s.")
                % {"name": name, "known": _listed(Interrupt.Risk.values)}
            )
    return Q(risk__in=names) if len(names) > 1 else Q(risk=names[0])


def _assignee(wanted: Wanted, value: str, user: User) -> Q:
    if value.lower() == "me":
        return Q(assignee=user.pk)
    return Q(assignee=None) if value.lower() == "none" else Q(assignee__username=value)


def _is(wanted: Wanted, value: str, user: User) -> Q:
    if value.lower() not in _STATES:
        raise Misread(
            _("“is:%(name)s” is not known: %(known)s.") % {"name": value, "known": _listed(_STATES)}
        )
    if value.lower() == "snoozed":
        wanted.with_snoozed = True
    return _STATES[value.lower()](user)


def _node(wanted: Wanted, value: str, user: User) -> Q:
    return Q(node=value)


def _status(wanted: Wanted, value: str, user: User) -> Q:
    if value.lower() not in Interrupt.Status.values:
        raise Misread(
            _("“%(name)s” is not a status: %(known)s.")
            % {"name": value, "known": _listed(Interrupt.Status.values)}
        )
    wanted.status = value.lower()
    return Q(status=wanted.status)


def _listed(values: object) -> str:
    *most, last = list(values)  # type: ignore[call-overload]
    return _("%(most)s or %(last)s") % {"most": ", ".join(most), "last": last}


_STATES: dict[str, Callable[[User], Q]] = {
    "overdue": lambda user: Q(due_sort__lte=Now()),
    "snoozed": lambda user: Q(snoozed_until__gt=Now()),
    "mine": lambda user: Q(assignee=user.pk),
    "unassigned": lambda user: Q(assignee=None),
    "claimed": lambda user: Q(claimed_until__gt=Now()),
    "escalated": lambda user: Q(escalated_at__isnull=False),
    "held": lambda user: ~Q(held_reason=""),
}
_READERS: dict[str, Callable[[Wanted, str, User], Q]] = {
    "agent": _agent,
    "risk": _risk,
    "assignee": _assignee,
    "is": _is,
    "node": _node,
    "status": _status,
}
_EXAMPLES = {
    "agent": "agent:orders",
    "risk": "risk:high",
    "assignee": "assignee:me",
    "is": "is:overdue",
    "node": "node:gate",
    "status": "status:decided",
}
