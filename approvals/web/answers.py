"""What a reviewer typed, from the form to decisions. Nothing typed is ever lost on the way."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from django.conf import settings
from django.http import QueryDict

from approvals import jsontext, schemaform
from approvals.exceptions import ApprovalsError
from approvals.models import Interrupt

VALUE_KINDS = (("text", "Text"), ("number", "Number"), ("json", "JSON"))
QUICK = {"yes": True, "no": False}
"""Buttons that answer a plain question by themselves."""


class BadValue(ValueError):
    """The text typed is no number, or no JSON."""


@dataclass(frozen=True, kw_only=True)
class Draft:
    """A reviewer's answer in the making: the arguments as edited, words to go with it, a value.

    `errors` has a sentence for a JSON pointer into the arguments; `problems` are those that
    belong to no field of the state form, by the name of what they are about.
    """

    args: Any
    note: str = ""
    reason: str = ""
    kind: str = "text"
    text: str = ""
    errors: Mapping[str, str] = field(default_factory=dict)
    problems: Mapping[str, str] = field(default_factory=dict)

    @property
    def has_faults(self) -> bool:
        return bool(self.errors or self.problems)

    def words_for(self, verb: str) -> str:
        """A rejection has its own place to say why."""
        return self.reason if verb == "reject" else self.note


def blank(interrupt: Interrupt) -> Draft:
    return Draft(args=interrupt.actions[0]["args"])


def read(interrupt: Interrupt, data: QueryDict) -> Draft:
    """The draft behind a posted form, with an error for what could not be understood."""
    args, errors = _args(interrupt.actions[0], data)
    kind = data.get("~kind", "text")
    return Draft(
        args=args,
        errors=errors,
        note=data.get("~note", "").strip(),
        reason=data.get("~reason", "").strip(),
        kind=kind if kind in dict(VALUE_KINDS) else "text",
        text=data.get("~value", ""),
    )


def _args(action: Mapping[str, Any], data: QueryDict) -> tuple[Any, Mapping[str, str]]:
    if not is_editable(action):
        return action["args"], {}
    try:
        parsed = schemaform.parse(action["schema"], action["args"], data, tz=settings.TIME_ZONE)
    except schemaform.FormError as error:
        return error.value, error.errors
    return parsed, {}


def is_editable(action: Mapping[str, Any]) -> bool:
    return bool(action["schema"]) and "edit" in action["allowed"]


def after_op(interrupt: Interrupt, draft: Draft, op: str) -> Draft:
    """The draft after one press of a button inside the form. Text that could not be read moves along."""
    action = interrupt.actions[0]
    if not is_editable(action):
        return draft
    args = schemaform.apply_op(action["schema"], draft.args, op, original=action["args"])
    return replace(draft, args=args, errors={})


def checked(interrupt: Interrupt, draft: Draft) -> Draft:
    """The draft with what the schema has against it; the agent's own model speaks at the decision."""
    action = interrupt.actions[0]
    if draft.errors or not changes(interrupt, draft):
        return draft
    return replace(draft, errors=schemaform.validate(action["schema"], draft.args))


def changes(interrupt: Interrupt, draft: Draft) -> list[schemaform.Change]:
    """What the reviewer changed. Python's == would not tell 1 from True."""
    action = interrupt.actions[0]
    return schemaform.diff(action["args"], draft.args) if is_editable(action) else []


def decisions(interrupt: Interrupt, draft: Draft, verb: str) -> list[dict[str, Any]]:
    """One decision for each action; approving a changed state is an edit.

    Raises BadValue when a response is not of the kind it claims to be.
    """
    edited = {0: draft.args} if changes(interrupt, draft) else {}
    return [
        _decision(action, draft, verb, edited=edited.get(index))
        for index, action in enumerate(interrupt.actions)
    ]


def _decision(action: Mapping[str, Any], draft: Draft, verb: str, *, edited: Any) -> dict[str, Any]:
    if verb in QUICK:
        return {"type": "respond", "value": QUICK[verb]}
    if verb == "respond":
        return _response(action, draft)
    if verb == "approve" and (edited is not None or "approve" not in action["allowed"]):
        args = action["args"] if edited is None else edited
        return {"type": "edit", "args": args}
    return {"type": verb}


def _response(action: Mapping[str, Any], draft: Draft) -> dict[str, Any]:
    """A question is answered with a value; a tool's response is a message."""
    if action["schema"] is not None:
        return {"type": "respond", "message": draft.text}
    return {"type": "respond", "value": read_value(draft.kind, draft.text)}


def read_value(kind: str, text: str) -> Any:
    """The JSON value a person typed. Raises BadValue with a sentence for them."""
    if kind == "text" and not text.strip():
        raise BadValue("The answer is empty. Write one, or choose yes or no.")
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
        raise BadValue(f"“{text}” is not a number.") from None
    if not math.isfinite(number):
        raise BadValue(f"“{text}” is not a finite number.")
    return number
