"""A schema and a value become an accessible HTML form."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from approvals.schemaform.build import Builder
from approvals.schemaform.classify import Schemas
from approvals.schemaform.labels import field_label
from approvals.schemaform.nodes import AGENT, Look, Node
from approvals.schemaform.pointers import field_id, parent
from approvals.schemaform.spots import Proposal, Spot
from approvals.schemaform.values import MISSING, Json


@dataclass(frozen=True)
class Complaint:
    """One line of the error summary."""

    id: str
    label: str
    message: str


def render(
    schema: Json,
    value: Json,
    *,
    original: Json = MISSING,
    errors: Mapping[str, str] | None = None,
    flagged: Collection[str] = (),
    readonly: bool = False,
    tz: str = "UTC",
    prefix: str = "",
    origin: str = AGENT,
    previews: frozenset[str] | None = None,
) -> SafeString:
    """The form for `value`, ready to stand inside a <form>.

    With `original`, whatever differs from it says what the agent had proposed and can be
    reverted; pass the same `original` to `parse`. `value` may be that of a FormError.
    `previews` are the texts to be shown as Markdown too; without it, none can be.
    """
    look = Look(
        tz=tz, prefix=prefix, readonly=readonly, origin=origin,
        previews=None if readonly else previews,
    )  # fmt: skip
    root = build(schema, value, original=original, flagged=flagged, look=look)
    complaints = _attach(root, errors or {})
    context = {
        "node": root,
        "complaints": complaints,
        "summary_id": f"{field_id('', prefix=prefix)}_errors",
        "readonly": readonly,
    }
    return render_to_string("schemaform/form.html", context)


def build(
    schema: Json, value: Json, *, original: Json, flagged: Collection[str], look: Look
) -> Node:
    schemas = Schemas(schema)
    label = field_label(schema, "value")
    spot = Spot(
        pointer="",
        label=label,
        path="",
        value=value,
        base=value if original is MISSING else original,
        proposal=None if original is MISSING else Proposal(original),
        required=True,
    )
    node = Builder(schemas, look, flagged=flagged).build(schemas.field(schema), spot)
    node.bare = node.control in ("group", "list")
    return node


def _attach(root: Node, errors: Mapping[str, str]) -> list[Complaint]:
    """Put each message at its field, or at the nearest one around it; none is lost."""
    places = {node.pointer: node for node in root.walk()}
    for pointer, message in errors.items():
        at, rest = pointer, ""
        while at not in places and at:
            at, last = parent(at)
            rest = f"{last} / {rest}" if rest else last
        node = places.get(at, root)
        text = f"{rest}: {message}" if rest else message
        if text not in node.error:
            node.error = f"{node.error} {text}".strip()
    # A union and its control share a pointer; the control, later in the walk, carries the message.
    return [Complaint(node.id, node.path, node.error) for node in root.walk() if node.error]
