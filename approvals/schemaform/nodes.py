"""What the templates draw: a tree of plain facts about fields, decided before."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from functools import cached_property

from django.forms.utils import flatatt
from django.utils.safestring import SafeString

from approvals.hiding.untrusted import warnings
from approvals.schemaform.fields import Field
from approvals.schemaform.markdown import is_markdown
from approvals.schemaform.naming import SEEN, control_name, helper_name
from approvals.schemaform.pointers import field_id, sendable
from approvals.schemaform.values import MISSING, Json, as_submitted, code

AGENT, STATE = "agent", "state"
"""Who the original of a form is from: an agent proposed it, or it stood in an earlier state."""


@dataclass(frozen=True)
class Look:
    """How this form is drawn.

    `origin` says where the original came from; `previews` which texts are shown as Markdown too,
    None where none can be.
    """

    tz: str
    prefix: str
    readonly: bool
    origin: str = AGENT
    previews: frozenset[str] | None = None


@dataclass(frozen=True)
class Choice:
    code: str
    label: str
    selected: bool


@dataclass
class Node:
    """One field, list, group or union on the page."""

    look: Look
    field: Field
    pointer: str
    label: str
    path: str
    control: str = "text"
    text: str = ""
    required: bool = False
    flagged: bool = False
    added: bool = False
    proposed: str | None = None
    error: str = ""
    input_type: str = "text"
    bare: bool = False
    removable: bool = False
    unset: bool = False
    note: str = ""
    zone: str = ""
    removed: list[str] = dataclasses.field(default_factory=list)
    choices: list[Choice] = dataclasses.field(default_factory=list)
    hidden: list[tuple[str, str]] = dataclasses.field(default_factory=list)
    children: list[Node] = dataclasses.field(default_factory=list)
    variants: list[Choice] = dataclasses.field(default_factory=list)

    @property
    def template(self) -> str:
        kind = self.control if self.control in ("group", "list", "union") else "field"
        return f"schemaform/{kind}.html"

    @cached_property
    def id(self) -> str:
        """A union and the control inside it have one pointer, so the union steps aside."""
        own = field_id(self.pointer, prefix=self.look.prefix)
        return f"{own}_v" if self.control == "union" else own

    @property
    def name(self) -> str:
        return control_name(self.pointer, prefix=self.look.prefix)

    @cached_property
    def place(self) -> str:
        """The pointer as buttons and attributes carry it."""
        return sendable(self.pointer)

    @property
    def seen_name(self) -> str:
        return helper_name(self.pointer, SEEN, prefix=self.look.prefix)

    @property
    def op_name(self) -> str:
        return f"{self.look.prefix}_op"

    @property
    def readonly(self) -> bool:
        return self.look.readonly

    @property
    def help(self) -> str:
        return self.field.description

    @property
    def changed(self) -> bool:
        return self.added or bool(self.removed) or self.proposed is not None

    @property
    def revertible(self) -> bool:
        return self.changed and not self.look.readonly

    @property
    def is_previewed(self) -> bool:
        return self.has_preview and self.pointer in (self.look.previews or ())

    @property
    def has_preview(self) -> bool:
        """Whether its text has room and is Markdown, as far as anybody can tell."""
        has_room = self.control == "textarea" and self.field.kind == "string"
        return (
            self.look.previews is not None
            and has_room
            and is_markdown(self.field.schema, self.text)
        )

    @property
    def is_input(self) -> bool:
        return self.control in ("input", "textarea", "json", "select", "checkbox")

    @cached_property
    def html_text(self) -> str:
        """The text without what HTML cannot hold; a browser would replace it anyway."""
        return as_submitted(self.text)

    @property
    def text_tag(self) -> str:
        return "pre" if "\n" in self.text else "p"

    @property
    def attributes(self) -> SafeString:
        """Everything of a control's tag but its class and its value."""
        return flatatt({name: value for name, value in self._attributes().items() if value})

    def _attributes(self) -> dict[str, str]:
        modes = {"integer": "numeric", "number": "decimal", "decimal": "decimal"}
        is_line, is_area = self.control == "input", self.control in ("textarea", "json")
        return {
            "id": self.id,
            "name": self.name,
            "type": self.input_type if is_line else "",
            "step": "any" if self.input_type in ("time", "datetime-local") else "",
            "inputmode": modes.get(self.field.kind, "") if is_line else "",
            "rows": str(self._rows()) if is_area else "",
            "spellcheck": "false" if self.control == "json" else "",
            "autocomplete": "off" if is_line or is_area else "",
            "aria-required": "true" if self.required else "",
            "aria-invalid": "true" if self.error else "",
            "aria-describedby": self.described_by,
        }

    def _rows(self) -> int:
        longest = 16 if self.control == "json" else 12
        wrapped = sum(1 + len(line) // 90 for line in self.text.split("\n"))
        return min(longest, max(3, wrapped))

    @property
    def is_table(self) -> bool:
        """A list whose items are short enough to stand side by side, one item a line."""
        return bool(self.children) and all(item.is_flat for item in self.children)

    @property
    def is_flat(self) -> bool:
        short = all(one.control in ("input", "select", "checkbox", "text") for one in self.children)
        return self.control == "group" and short and 0 < len(self.children) <= 6

    @cached_property
    def warnings(self) -> str:
        """What a control cannot show of its own text; a page only for reading spells it out."""
        return " ".join(warnings(self.text)) if self.is_input else ""

    @cached_property
    def described_by(self) -> str:
        parts = {
            "help": self.help,
            "zone": self.zone,
            "note": self.note,
            "warning": self.warnings,
            "was": self.changed,
            "error": self.error,
        }
        return " ".join(f"{self.id}_{name}" for name, present in parts.items() if present)

    @property
    def has_marks(self) -> bool:
        return self.required or self.flagged

    @property
    def has_notes(self) -> bool:
        return bool(self.hidden or self.described_by or self.has_preview)

    @property
    def classes(self) -> str:
        states = {
            "sf-changed": self.changed,
            "sf-flagged": self.flagged,
            "sf-invalid": self.error,
            "sf-added": self.added,
            "sf-unset": self.unset,
        }
        return "".join(f" {name}" for name, on in states.items() if on)

    def carry(self, suffix: str, text: str) -> None:
        """Send something along that the post needs; a page only for reading posts nothing."""
        if self.look.readonly:
            return
        self.hidden.append((helper_name(self.pointer, suffix, prefix=self.look.prefix), text))

    def carry_value(self, value: Json) -> None:
        self.carry("was", "" if value is MISSING else code(value))

    def walk(self) -> list[Node]:
        return [self, *(found for one in self.children for found in one.walk())]
