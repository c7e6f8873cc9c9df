"""The names of a form's inputs. A field is named by its pointer; a suffix marks what helps it.

    ~n     length of a list ("" when there is no list)     ~v     index of a union's alternative
    ~b     there is a checkbox, which browsers leave out of a post when it is off
    ~json  this field is edited as JSON text, though its schema would allow a control
    ~was   JSON of the value the control shows, where it cannot be told from the original
    ~keys  JSON list of the keys an object has beyond its schema
    ~seen  this text is shown as Markdown too, beside its control

A pointer escapes its own "~" as "~0", so no key of a value can look like a suffix.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from approvals.schemaform.classify import MAX_DEPTH
from approvals.schemaform.fields import Field
from approvals.schemaform.pointers import received, sendable

SEEN = "seen"

MAX_ITEMS = 1000
"""The longest list of a form."""

MAX_VALUES = 1500
"""When a form has that many, further lists are edited as JSON text; more would not be read, and
Django refuses posts of too many fields."""


def control_name(pointer: str, *, prefix: str) -> str:
    return f"{prefix}{sendable(pointer) or '~root'}"


def helper_name(pointer: str, suffix: str, *, prefix: str) -> str:
    return f"{prefix}{sendable(pointer)}~{suffix}"


def previewed(data: Mapping[str, Any], *, prefix: str) -> frozenset[str]:
    """The pointers of the texts a posted form showed as Markdown too."""
    ends = f"~{SEEN}"
    return frozenset(
        received(name.removeprefix(prefix).removesuffix(ends))
        for name in data
        if name.startswith(f"{prefix}/") and name.endswith(ends)
    )


def toggled(previews: frozenset[str], op: str) -> frozenset[str]:
    """After one press of a button; `preview:/body` shows a text as Markdown, or no longer."""
    verb, _, pointer = received(op).partition(":")
    return previews ^ {pointer} if verb == "preview" else previews


def too_deep(field: Field, pointer: str) -> bool:
    return field.kind in ("object", "array", "union") and pointer.count("/") > MAX_DEPTH
