"""The kinds of field a form has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

from django.utils.translation import gettext_lazy as _

Kind = Literal[
    "string", "integer", "number", "decimal", "boolean", "enum", "const", "date", "datetime",
    "time", "object", "array", "union", "json",
]  # fmt: skip
Schema = Mapping[str, Any]

_TYPE_NAMES = {
    "string": _("Text"),
    "integer": _("Whole number"),
    "number": _("Number"),
    "decimal": _("Number"),
    "boolean": _("Yes or no"),
    "date": _("Date"),
    "datetime": _("Date and time"),
    "time": _("Time"),
    "object": _("Object"),
    "array": _("List"),
    "json": "JSON",
}


@dataclass(frozen=True)
class Option:
    value: Any
    label: str


@dataclass(frozen=True)
class Field:
    """One schema, understood. Sub-schemas stay raw until somebody asks for them."""

    kind: Kind
    schema: Schema = field(default_factory=dict)
    nullable: bool = False
    options: tuple[Option, ...] = ()
    variants: tuple[Any, ...] = ()

    @cached_property
    def properties(self) -> Mapping[str, Any]:
        return self.schema.get("properties", {}) if self.kind == "object" else {}

    @cached_property
    def required(self) -> frozenset[str]:
        names = self.schema.get("required")
        if not isinstance(names, list):
            return frozenset()
        return frozenset(name for name in names if isinstance(name, str))

    @property
    def items(self) -> Any:
        return self.schema.get("items", {})

    @property
    def title(self) -> str:
        return text_or_empty(self.schema.get("title"))

    @property
    def description(self) -> str:
        return text_or_empty(self.schema.get("description"))

    @property
    def read_only(self) -> bool:
        return self.kind == "const" or self.schema.get("readOnly") is True

    @property
    def type_name(self) -> str:
        if self.kind in ("enum", "const"):
            return " / ".join(option.label for option in self.options[:3])
        return self.title or str(_TYPE_NAMES.get(self.kind, _("Value")))


def text_or_empty(value: Any) -> str:
    return value if isinstance(value, str) else ""
