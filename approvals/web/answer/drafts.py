"""What a reviewer typed, as a draft of their answer. Nothing typed is ever lost on the way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from approvals.models import Interrupt
from approvals.policy.reasons import NAMING
from approvals.web.answer.sheets import Filled, Sheet, sheets_of
from approvals.web.reader.zones import zone_named

_RETYPED = "~retyped:"
_CODE = "~code:"
COMPARE = "compare"

VALUE_KINDS = (("text", _("Text")), ("number", _("Number")), ("json", "JSON"))


@dataclass(frozen=True, kw_only=True)
class Part:
    """The answer to one action in the making.

    `edit` holds the arguments, `answer` a response with a schema, `text` any other response,
    `codes` the reasons chosen, by the verb they are for.
    `problems` are those that belong to no field of a form, by the name of what they are about.
    """

    edit: Filled
    answer: Filled = field(default_factory=Filled)
    verb: str = ""
    message: str = ""
    kind: str = "text"
    text: str = ""
    codes: Mapping[str, str] = field(default_factory=dict)
    problems: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_chosen(self) -> bool:
        """Whether there is something to send."""
        return bool(self.verb) and (self.verb != "respond" or bool(self.text or self.answer.value))


@dataclass(frozen=True, kw_only=True)
class Draft:
    """A reviewer's answer in the making: one part for each action, and words for all of it.

    `zone` is the time zone its form was shown in: moments typed into it are that zone's.
    `codes` are the reasons chosen for all of it, as of a part;
    `checked` and `retyped` are what a policy asked for, by pointer; `is_compared` once somebody
    asked to see the agent's values beside those they had typed.
    """

    parts: tuple[Part, ...]
    note: str = ""
    reason: str = ""
    codes: Mapping[str, str] = field(default_factory=dict)
    checked: frozenset[str] = frozenset()
    retyped: Mapping[str, str] = field(default_factory=dict)
    is_compared: bool = False
    zone: str = field(default_factory=timezone.get_current_timezone_name)
    problems: Mapping[str, str] = field(default_factory=dict)

    def words_for(self, verb: str) -> str:
        """A rejection has its own place to say why."""
        return self.reason if verb == "reject" else self.note

    def with_part(self, index: int, **changed: Any) -> Draft:
        parts = list(self.parts)
        parts[index] = replace(parts[index], **changed)
        return replace(self, parts=tuple(parts))


def blank(interrupt: Interrupt) -> Draft:
    return Draft(
        parts=tuple(
            Part(edit=Filled(value=sheet.edit.base), answer=Filled(value=sheet.answer.base))
            for sheet in sheets_of(interrupt)
        )
    )


def read(interrupt: Interrupt, data: QueryDict) -> Draft:
    """The draft behind a posted form, with an error for what could not be understood."""
    zone = zone_named(data.get("~tz", ""))
    return Draft(
        parts=tuple(_part(sheet, data, zone=zone) for sheet in sheets_of(interrupt)),
        note=data.get("~note", "").strip(),
        reason=data.get("~reason", "").strip(),
        codes=_codes(data),
        checked=frozenset(data.getlist("~checked")),
        retyped={
            name.removeprefix(_RETYPED): text
            for name, text in data.items()
            if name.startswith(_RETYPED)
        },
        is_compared="~compared" in data or "verb" in data or data.get("_op") == COMPARE,
        zone=zone,
    )


def _part(sheet: Sheet, data: QueryDict, *, zone: str) -> Part:
    kind = data.get(f"{sheet.prefix}~kind", "text")
    return Part(
        edit=sheet.edit.read(data, zone=zone),
        answer=sheet.answer.read(data, zone=zone),
        verb=data.get(f"{sheet.prefix}~verb", ""),
        message=data.get(f"{sheet.prefix}~reason", "").strip(),
        kind=kind if kind in dict(VALUE_KINDS) else "text",
        text=data.get(f"{sheet.prefix}~value", ""),
        codes=_codes(data, prefix=sheet.prefix),
    )


def _codes(data: QueryDict, *, prefix: str = "") -> dict[str, str]:
    chosen = {verb: data.get(f"{prefix}{_CODE}{verb}", "").strip() for verb in NAMING}
    return {verb: code for verb, code in chosen.items() if code}


def is_op(interrupt: Interrupt, data: QueryDict) -> bool:
    """Whether a button inside the form was pressed, rather than one that decides."""
    return "_op" in data or any(
        sheet.edit.is_pressed(data) or sheet.answer.is_pressed(data)
        for sheet in sheets_of(interrupt)
    )


def after_op(interrupt: Interrupt, draft: Draft, data: QueryDict) -> Draft:
    """After one press of a button that decides nothing yet; `choose:approve` chooses for all."""
    op, _, verb = data.get("_op", "").partition(":")
    for index, sheet in enumerate(sheets_of(interrupt)):
        part = draft.parts[index]
        draft = draft.with_part(
            index,
            edit=sheet.edit.after_op(part.edit, data),
            answer=sheet.answer.after_op(part.answer, data),
            verb=verb if op == "choose" and verb in sheet.verbs else part.verb,
        )
    return draft


def checked(interrupt: Interrupt, draft: Draft) -> Draft:
    """With what schemas have against it; the agent's own model speaks at the decision."""
    for index, sheet in enumerate(sheets_of(interrupt)):
        part = draft.parts[index]
        draft = draft.with_part(
            index, edit=sheet.edit.checked(part.edit), answer=sheet.answer.checked(part.answer)
        )
    return draft
