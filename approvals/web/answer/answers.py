"""From a draft to decisions, one for each action."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from approvals import jsontext
from approvals.exceptions import ApprovalsError
from approvals.models import Interrupt
from approvals.policy.reasons import KEY
from approvals.web.answer.drafts import Draft, Part
from approvals.web.answer.sheets import Sheet, sheets_of
from approvals.web.review.asking import offers_yes_and_no

QUICK = {"yes": True, "no": False, "skip": {"skip": True}}
"""Buttons that carry their answer with them."""

EACH = "each"
"""The button that sends for every action what was chosen for it; others mean the same for all."""

_OR_CHOOSE = gettext_lazy("The answer is empty. Write one, or choose yes or no.")

VERBS = ("approve", "reject", "respond", *QUICK, EACH)


class BadValue(ValueError):
    """What was typed is no answer. Without words of its own, the fields of a form have them."""

    def __init__(self, text: str = "", *, about: str = "value") -> None:
        super().__init__(text)
        self.about = about


class Empty(BadValue):
    """Nothing was typed."""


class Unready(Exception):
    """The draft is no answer yet; it comes back with what is missing where it is missing."""

    def __init__(self, draft: Draft) -> None:
        super().__init__("The answer is not complete.")
        self.draft = draft


def decisions(interrupt: Interrupt, draft: Draft, verb: str) -> list[dict[str, Any]]:
    """One decision for each action; approving a changed state is an edit. Raises Unready."""
    if verb not in VERBS:
        raise Unready(replace(draft, problems={"verb": _("Choose what to do.")}))
    made, sheets = [], sheets_of(interrupt)
    for index, sheet in enumerate(sheets):
        part = draft.parts[index]
        try:
            made.append(_said_of(sheet, part) if verb == EACH else _decision(sheet, part, verb))
        except Empty as error:
            told = _OR_CHOOSE if offers_yes_and_no(interrupt, sheets) else str(error)
            draft = draft.with_part(index, problems={error.about: str(told)})
        except BadValue as error:
            if str(error):
                draft = draft.with_part(index, problems={error.about: str(error)})
    if len(made) < len(draft.parts):
        raise Unready(draft)
    return made


def _said_of(sheet: Sheet, part: Part) -> dict[str, Any]:
    """What was chosen for this action, with the words and the reason beside it."""
    decision = _decision(sheet, part, part.verb)
    if decision["type"] == "reject" and part.message:
        decision["message"] = part.message
    if code := part.codes.get(part.verb):
        decision[KEY] = code
    return decision


def _decision(sheet: Sheet, part: Part, verb: str) -> dict[str, Any]:
    if verb in QUICK:
        return {"type": "respond", "value": QUICK[verb]}
    if verb == "respond":
        return _response(sheet, part)
    if verb == "approve":
        return _approval(sheet, part)
    if verb == "reject":
        return {"type": verb}
    raise BadValue(_("Choose what to do with this one."), about="verb")


def _approval(sheet: Sheet, part: Part) -> dict[str, Any]:
    if part.edit.errors:
        raise BadValue
    if sheet.edit.changes(part.edit) or "approve" not in sheet.action["allowed"]:
        return {"type": "edit", "args": part.edit.value}
    return {"type": "approve"}


def _response(sheet: Sheet, part: Part) -> dict[str, Any]:
    """A question is answered with a value; a tool's response is a message."""
    if not sheet.takes_value:
        if not part.text.strip():
            raise BadValue(_("The response is empty. Write what the agent should get."))
        return {"type": "respond", "message": part.text.replace("\r\n", "\n")}
    if sheet.answer.schema is None:
        return {"type": "respond", "value": read_value(part.kind, part.text)}
    if part.answer.errors:
        raise BadValue
    return {"type": "respond", "value": part.answer.value}


def read_value(kind: str, text: str) -> Any:
    """The JSON value a person typed. Raises BadValue with a sentence for them."""
    if kind == "text" and not text.strip():
        raise Empty(_("The answer is empty. Write one."))
    if kind == "text":
        return text.replace("\r\n", "\n")
    if kind == "number":
        return _number(text.strip())
    try:
        return jsontext.loads(text)
    except ApprovalsError as error:
        raise BadValue(error.detail) from error


def _number(text: str) -> int | float:
    try:
        return int(text)
    except ValueError:
        pass
    try:
        number = float(text)
    except ValueError:
        raise BadValue(_("“%(text)s” is not a number.") % {"text": text}) from None
    if not math.isfinite(number):
        raise BadValue(_("“%(text)s” is not a finite number.") % {"text": text})
    return number
