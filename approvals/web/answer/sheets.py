"""The forms of one action: one to change its arguments, one for an answer with a schema."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from django.http import QueryDict
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from approvals import schemaform
from approvals.hiding.masking import MASK
from approvals.models import Interrupt
from approvals.schemaform.classify import Schemas
from approvals.schemaform.naming import previewed, toggled
from approvals.schemaform.nodes import AGENT
from approvals.schemaform.pointers import field_id, lookup
from approvals.schemaform.variants import fresh
from approvals.web.answer import json_text

AS_JSON, AS_FORM = "as:json", "as:form"
"""What the two tabs of a form send."""


@dataclass(frozen=True, kw_only=True)
class Filled:
    """What a form holds, and a sentence for each pointer into it that cannot stay so.

    `text` is its JSON, while somebody edits it as that, `is_read` whether it is any; `previews` are the texts in it that are
    shown as Markdown too.
    """

    value: Any = None
    text: str | None = None
    is_read: bool = True
    previews: frozenset[str] = frozenset()
    errors: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Form:
    """A state form on this page. Without a schema there is nothing to fill in."""

    schema: Mapping[str, Any] | None
    base: Any
    prefix: str
    origin: str = AGENT

    def read(self, data: QueryDict, *, zone: str) -> Filled:
        if self.schema is None:
            return Filled(value=self.base)
        if (text := data.get(self.text_name)) is not None:
            return self._read_text(str(text))
        previews = previewed(data, prefix=self.prefix)
        try:
            value = schemaform.parse(self.schema, self.base, data, tz=zone, prefix=self.prefix)
        except schemaform.FormError as error:
            return Filled(value=error.value, errors=error.errors, previews=previews)
        return Filled(value=value, previews=previews)

    @property
    def text_name(self) -> str:
        return f"{self.prefix}~text"

    def _read_text(self, text: str) -> Filled:
        try:
            value = json_text.read(self.base, text)
        except json_text.NotJson as error:
            return Filled(value=self.base, text=text, is_read=False, errors=error.errors)
        errors = json_text.read_only_faults(self.schema, self.base, value)
        return Filled(value=value, text=text, errors=errors)

    def is_pressed(self, data: QueryDict) -> bool:
        """Whether one of its own buttons sent this."""
        return self.schema is not None and f"{self.prefix}_op" in data

    def after_op(self, filled: Filled, data: QueryDict) -> Filled:
        """After one press of a button inside. Text that could not be read moves along."""
        if not self.is_pressed(data):
            return filled
        op = data[f"{self.prefix}_op"]
        if op == AS_JSON and filled.text is None:
            return replace(filled, text=json_text.written(filled.value), errors={})
        if filled.text is not None:
            return Filled(value=filled.value) if op == AS_FORM and not filled.errors else filled
        value = schemaform.apply_op(self.schema, filled.value, op, original=self.base)
        return Filled(value=value, previews=toggled(filled.previews, op))

    def checked(self, filled: Filled) -> Filled:
        """With what the schema has against it, once somebody changed something."""
        if filled.errors or not self.changes(filled):
            return filled
        errors = schemaform.validate(self.schema, filled.value)
        return replace(filled, errors=_without_masks(errors, filled.value))

    def changes(self, filled: Filled) -> list[schemaform.Change]:
        """What the reviewer changed. Python's == would not tell 1 from True."""
        return [] if self.schema is None else schemaform.diff(self.base, filled.value)

    def render(
        self, filled: Filled, *, zone: str, readonly: bool = False, flagged: Collection[str] = ()
    ) -> SafeString:
        if filled.text is not None and not readonly:
            return self._render_text(filled, filled.text)
        return schemaform.render(
            self.schema, filled.value, original=self.base, errors=filled.errors,
            flagged=flagged, readonly=readonly, tz=zone, prefix=self.prefix,
            origin=self.origin, previews=filled.previews,
        )  # fmt: skip

    def _render_text(self, filled: Filled, text: str) -> SafeString:
        context = {
            "id": f"{field_id('', prefix=self.prefix)}_text",
            "name": self.text_name,
            "text": text,
            "rows": min(24, max(6, text.count("\n") + 1)),
            "faults": list(filled.errors.items()),
        }
        return render_to_string("interrupt/as_json.html", context)


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """What one action offers to fill in. `prefix` names its controls among those of others."""

    action: Mapping[str, Any]
    prefix: str

    @property
    def edit(self) -> Form:
        schema = self.schema if "edit" in self.action["allowed"] else None
        return Form(schema=schema, base=self.action["args"], prefix=self.prefix)

    @property
    def schema(self) -> Mapping[str, Any] | None:
        """The schema of the arguments; where it names no fields, the values themselves do."""
        schema, args = self.action["schema"], self.action["args"]
        if not schema or not isinstance(args, dict) or set(schema) - {"type", "title"}:
            return schema or None
        return {"type": "object", "properties": {key: _kind_of(args[key]) for key in args}}

    @property
    def answer(self) -> Form:
        schema = self.action.get("response_schema") if self.takes_value else None
        return Form(schema=schema, base=_start_of(schema), prefix=f"{self.prefix}answer:")

    @property
    def verbs(self) -> list[str]:
        """What may be chosen. Approving what was changed is the edit."""
        allowed = self.action["allowed"]
        approve = ["approve"] if "approve" in allowed or "edit" in allowed else []
        return approve + [verb for verb in ("reject", "respond") if verb in allowed]

    @property
    def takes_value(self) -> bool:
        """Whether a response is a JSON value; a tool's response is a message."""
        if "respond" not in self.action["allowed"]:
            return False
        return self.action.get("response", self._usual_response) == "value"

    @property
    def _usual_response(self) -> str:
        """For questions asked before actions said how they are answered."""
        return "value" if self.action["schema"] is None else "message"


def _without_masks(errors: Mapping[str, str], value: Any) -> dict[str, str]:
    """No schema can judge what a mask stands for; the service does, once it is put back."""
    return {
        pointer: said
        for pointer, said in errors.items()
        if not (isinstance(found := lookup(value, pointer), str) and MASK in found)
    }


def sheets_of(interrupt: Interrupt) -> list[Sheet]:
    """One for each action. A single action needs no name among others."""
    is_one = len(interrupt.actions) == 1
    return [
        Sheet(action=action, prefix="" if is_one else f"a{index}:")
        for index, action in enumerate(interrupt.actions)
    ]


def _kind_of(value: Any) -> dict[str, Any]:
    """The control for a value of which only the type is known; lists and objects are edited as JSON."""
    if isinstance(value, bool):
        return {"type": "boolean"}
    if isinstance(value, (int, float)):
        return {"type": "number"}
    return {"type": "string"} if isinstance(value, str) else {}


def _start_of(schema: Mapping[str, Any] | None) -> Any:
    """An answer laid out empty: defaults filled in, nothing else decided beforehand."""
    if not schema:
        return None
    schemas = Schemas(schema)
    return fresh(schemas, schemas.field(schema))
