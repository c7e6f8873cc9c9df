"""A form's value as JSON text: the same draft, for whoever would rather edit it in one piece."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from approvals import jsontext, schemaform
from approvals.exceptions import ApprovalsError
from approvals.schemaform.classify import Schemas
from approvals.schemaform.values import as_submitted, pretty
from approvals.schemaform.walk import field_at


class NotJson(ValueError):
    """The text stands for no value. `errors` are by pointer into it, "" for all of it."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__("; ".join(errors.values()))
        self.errors = dict(errors)


def written(value: Any) -> str:
    return as_submitted(pretty(value))


def read(base: Any, text: str) -> Any:
    """The value of a text; untouched, `base` to the last detail. Raises NotJson."""
    if as_submitted(text).strip() == written(base).strip():
        return base
    try:
        value = jsontext.loads(text)
        jsontext.refuse_unstorable(value)
    except ApprovalsError as error:
        faults = {fault["pointer"]: fault["message"] for fault in error.errors}
        raise NotJson(faults or {"": error.detail}) from error
    return value


def read_only_faults(schema: Any, base: Any, value: Any) -> dict[str, str]:
    """What was changed and may not be: a form has no control for it."""
    schemas = Schemas(schema)
    return {
        change.pointer: _("This cannot be changed.")
        for change in schemaform.diff(base, value)
        if (field := field_at(schemas, base, change.pointer)) is not None and field.read_only
    }
