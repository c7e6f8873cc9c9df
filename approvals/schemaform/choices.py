"""Options of a select: how a typed value travels through an HTML attribute and back."""

from __future__ import annotations

from approvals.schemaform.fields import Field, Option
from approvals.schemaform.values import Json, code, same


def option_code(field: Field, value: Json) -> str:
    """The `value` attribute of an option; anything that is no option gets one of its own.

    Plain strings stand for themselves. Options of other types are told apart by their JSON,
    so that 1, "1" and true are three options.
    """
    if not any(same(option.value, value) for option in field.options):
        return f"~{code(value)}"
    return str(value) if _is_plain(field) else code(value)


def chosen(field: Field, text: str) -> Option | None:
    return next((one for one in field.options if option_code(field, one.value) == text), None)


def _is_plain(field: Field) -> bool:
    return all(
        isinstance(option.value, str)
        and option.value.isprintable()
        and option.value
        and not option.value.startswith("~")
        for option in field.options
    )
