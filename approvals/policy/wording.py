"""Why a person is asked: sentences made of a policy's conditions, said again in any language."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from approvals.policy.terms import Terms
from approvals.schemaform.labels import humanised
from approvals.schemaform.pointers import tokens
from langvel.core.policy import Condition, Policy

_SAID: dict[str, str | Promise] = {
    "gt": _("is above %(limit)s"),
    "gte": _("is %(limit)s or more"),
    "lt": _("is below %(limit)s"),
    "lte": _("is %(limit)s or less"),
    "eq": _("is %(limit)s"),
    "ne": _("is not %(limit)s"),
    "among": _("is one of %(limit)s"),
    "not_among": _("is none of %(limit)s"),
    "like": _("looks like %(limit)s"),
}
Part = list[str]
"""Of a condition: the field's name, what is compared, with what."""


def made_of(policy: Policy) -> list[Part]:
    """What a policy without a sentence of its own says, so that it can be said in any language."""
    conditions: Iterable[tuple[str, Condition]] = policy.when.items()
    return [
        [label_of(pattern) if first else "", name, limit]
        for pattern, condition in conditions
        for first, (name, limit) in _parts(condition)
    ]


def label_of(pattern: str) -> str:
    return humanised(tokens(f"/{pattern}")[-1])


def why_of(terms: Terms) -> list[str]:
    """The sentences of the terms, those made here in the reader's language."""
    return [_sentence(terms.made[said]) if said in terms.made else said for said in terms.why]


def _sentence(parts: Iterable[Part]) -> str:
    said = [f"{field} {_SAID[name] % {'limit': limit}}".strip() for field, name, limit in parts]
    return f"{gettext(' and ').join(said)}."


def _parts(condition: Condition) -> Iterator[tuple[bool, tuple[str, str]]]:
    given = [name for name in type(condition).model_fields if name in condition.model_fields_set]
    for at, name in enumerate(given):
        limit: Any = getattr(condition, name)
        text = ", ".join(map(str, limit)) if isinstance(limit, tuple) else str(limit)
        yield at == 0, (name, text)
