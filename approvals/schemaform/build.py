"""From a schema and a value to the nodes the templates draw."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace

from approvals.schemaform import display, moments
from approvals.schemaform.align import align
from approvals.schemaform.choices import option_code
from approvals.schemaform.classify import Field, Schemas
from approvals.schemaform.labels import field_label
from approvals.schemaform.leaves import Unreadable, fits, read, shown
from approvals.schemaform.naming import MAX_ITEMS, MAX_VALUES, too_deep
from approvals.schemaform.nodes import Choice, Look, Node
from approvals.schemaform.parse import absent, as_json, item_base, property_field, variant_base
from approvals.schemaform.pointers import child
from approvals.schemaform.values import MISSING, Json, Unparsed, code, is_scalar, same, weight
from approvals.schemaform.variants import choose

_LONG = 80
_PROSE = ("markdown", "textarea", "multiline", "html")


@dataclass(frozen=True)
class Proposal:
    """What the agent had proposed for one place. MISSING: nothing stood there."""

    value: Json


@dataclass(frozen=True)
class Spot:
    """One place in the value: what is there now, and what a post would be compared with."""

    pointer: str
    label: str
    path: str
    value: Json
    base: Json
    proposal: Proposal | None
    required: bool = False
    optional: bool = False


class Builder:
    def __init__(self, schemas: Schemas, look: Look, *, flagged: Collection[str]) -> None:
        self.schemas = schemas
        self.look = look
        self.flagged = frozenset(flagged)
        self.room = MAX_VALUES

    def build(self, field: Field, spot: Spot) -> Node:
        if field.read_only or not self._is_laid_out(field, spot):
            return self._leaf(field, spot)
        inside = {"object": self._group, "array": self._list, "union": self._union}
        return inside[field.kind](field, spot)

    def _is_laid_out(self, field: Field, spot: Spot) -> bool:
        """Whether this place is a container with controls of its own inside."""
        if field.kind not in ("object", "array", "union") or too_deep(field, spot.pointer):
            return False
        if isinstance(spot.value, Unparsed) and spot.value.variant is None:
            return False
        if field.kind == "array" and isinstance(spot.value, list):
            return len(spot.value) <= MAX_ITEMS and weight(spot.value) <= self.room
        if field.kind == "union" and spot.value is not None and spot.value is not MISSING:
            return choose(self.schemas, field, spot.value) is not None
        return fits(field, spot.value)

    def _node(self, field: Field, spot: Spot, control: str) -> Node:
        return Node(
            look=self.look,
            field=field,
            pointer=spot.pointer,
            label=spot.label,
            path=spot.path,
            control=control,
            required=spot.required,
            flagged=spot.pointer in self.flagged,
        )

    # --- one control ----------------------------------------------------------------------------

    def _leaf(self, field: Field, spot: Spot) -> Node:
        node = self._node(field, spot, "text")
        self.room -= 1
        if self._needs_json(field, spot) and not field.read_only:
            if field.kind != "json" and not too_deep(field, spot.pointer):
                node.carry("json", "1")
            node.field = field = as_json(field)
        if isinstance(spot.value, Unparsed):
            node.error = spot.value.message
        self._mark(node, spot)
        if self.look.readonly or field.read_only:
            node.text = display.display(field, spot.value, tz=self.look.tz)
        else:
            self._control(node, spot)
        self._carry(node, spot)
        return node

    def _needs_json(self, field: Field, spot: Spot) -> bool:
        return field.kind in ("json", "object", "array", "union") or not fits(field, spot.value)

    def _control(self, node: Node, spot: Spot) -> None:
        field = node.field
        node.text = shown(field, spot.value, tz=self.look.tz)
        if field.kind in ("enum", "boolean"):
            self._select(node, spot)
        elif field.kind == "json":
            node.control = "json"
        elif _is_prose(field, node.text):
            node.control = "textarea"
        else:
            node.control = "input"
            node.input_type = _input_type(field, node.text)
        if field.kind == "datetime":
            node.zone = self._zone(spot)
        if spot.value is MISSING and field.schema.get("default") is not None:
            node.note = (
                f"Default: {display.proposed(field, field.schema['default'], tz=self.look.tz)}"
            )

    def _zone(self, spot: Spot) -> str:
        moment = moments.read_moment(spot.value) if isinstance(spot.value, str) else None
        return "no time zone" if moment is not None and moment.tzinfo is None else self.look.tz

    def _select(self, node: Node, spot: Spot) -> None:
        if (
            node.field.kind == "boolean"
            and isinstance(spot.value, bool)
            and not node.field.nullable
        ):
            node.control = "checkbox"
            node.carry("b", "1")
            return
        node.control = "select"
        options = [(option_code(node.field, one.value), one.label) for one in node.field.options]
        if node.field.nullable or spot.value is None or spot.value is MISSING:
            options.insert(0, ("", "not set"))
        if node.text not in [known for known, _ in options]:
            options.append((node.text, display.proposed(node.field, spot.value, tz=self.look.tz)))
        node.choices = [Choice(known, label, known == node.text) for known, label in options]

    def _carry(self, node: Node, spot: Spot) -> None:
        """Send the value along, if its text alone would not bring it back."""
        value = spot.value.base if isinstance(spot.value, Unparsed) else spot.value
        text = shown(node.field, value, tz=self.look.tz)
        try:
            kept = same(read(node.field, spot.base, text, tz=self.look.tz), value)
        except Unreadable:
            kept = False
        if not kept or (isinstance(spot.value, Unparsed) and not same(value, spot.base)):
            self._carry_value(node, value)

    def _carry_value(self, node: Node, value: Json) -> None:
        node.carry("was", "" if value is MISSING else code(value))

    # --- objects --------------------------------------------------------------------------------

    def _group(self, field: Field, spot: Spot) -> Node:
        node = self._node(field, spot, "group")
        self._mark_container(node, spot, dict)
        if not isinstance(spot.value, dict):
            node.unset = True
            if not same(spot.base, spot.value):
                self._carry_value(node, spot.value)
            return node
        if not isinstance(spot.base, dict):
            spot = replace(spot, base={})
            node.carry("was", "{}")
        extra = [key for key in spot.value if key not in field.properties]
        if set(extra) != {key for key in spot.base if key not in field.properties}:
            node.carry("keys", code(extra))
        node.removable = bool(spot.pointer) and (spot.optional or field.nullable)
        node.children = list(self._members(field, spot, [*field.properties, *extra]))
        return node

    def _members(self, field: Field, spot: Spot, keys: list[str]) -> Iterator[Node]:
        for key in keys:
            raw = field.properties.get(key)
            inner = property_field(self.schemas, field, key)
            label = field_label(raw, key)
            node = self.build(
                inner,
                Spot(
                    pointer=child(spot.pointer, key),
                    label=label,
                    path=f"{spot.path} / {label}" if spot.path else label,
                    value=spot.value.get(key, MISSING),
                    base=spot.base.get(key, MISSING),
                    proposal=_inside(spot.proposal, key),
                    required=key in field.required and not inner.nullable,
                    optional=key not in field.required,
                ),
            )
            if raw is None and inner.read_only:
                node.note = "Not part of the schema; kept as it is."
            yield node

    # --- lists ----------------------------------------------------------------------------------

    def _list(self, field: Field, spot: Spot) -> Node:
        node = self._node(field, spot, "list")
        self._mark_container(node, spot, list)
        if not isinstance(spot.value, list):
            node.unset = True
            node.carry("n", "")
            expected = absent(field) if isinstance(spot.base, list) else spot.base
            if not same(expected, spot.value):
                self._carry_value(node, spot.value)
            return node
        node.carry("n", str(len(spot.value)))
        node.removable = bool(spot.pointer) and field.nullable
        node.children = list(self._items(field, spot))
        node.removed = self._removed(field, spot)
        return node

    def _items(self, field: Field, spot: Spot) -> Iterator[Node]:
        inner = self.schemas.field(field.items)
        agents: Json = spot.proposal.value if spot.proposal else None
        origin = align(agents, spot.value) if isinstance(agents, list) else None
        for index, value in enumerate(spot.value):
            was = origin[index] if origin else None
            item = Spot(
                pointer=child(spot.pointer, index),
                label=f"{spot.label} {index + 1}",
                path=f"{spot.path} {index + 1}".strip(),
                value=value,
                base=item_base(self.schemas, inner, spot.base, index),
                proposal=None if was is None else Proposal(agents[was]),
            )
            node = self.build(inner, item)
            node.added = origin is not None and was is None
            yield node

    def _removed(self, field: Field, spot: Spot) -> list[str]:
        agents = spot.proposal.value if spot.proposal else None
        if not isinstance(agents, list):
            return []
        inner, kept = self.schemas.field(field.items), set(align(agents, spot.value))
        gone = [item for index, item in enumerate(agents) if index not in kept]
        return [display.proposed(inner, item, tz=self.look.tz) for item in gone]

    # --- unions ---------------------------------------------------------------------------------

    def _union(self, field: Field, spot: Spot) -> Node:
        node = self._node(field, spot, "union")
        index = choose(self.schemas, field, spot.value)
        node.variants = self._alternatives(field, spot, index)
        if index is None:
            return self._no_variant(node, spot)
        node.carry("v", str(index))
        node.removable = bool(spot.pointer) and (spot.optional or field.nullable)
        inner = self.schemas.field(field.variants[index])
        proposal = self._proposal_inside(node, field, spot, index)
        node.children = [self._inside_union(inner, spot, index, field, proposal)]
        return node

    def _alternatives(self, field: Field, spot: Spot, index: int | None) -> list[Choice]:
        names = [self.schemas.field(one).type_name for one in field.variants]
        labels = [
            f"{name} {n + 1}" if names.count(name) > 1 else name for n, name in enumerate(names)
        ]
        return [
            Choice(f"variant:{spot.pointer}:{n}", label, n == index)
            for n, label in enumerate(labels)
        ]

    def _no_variant(self, node: Node, spot: Spot) -> Node:
        node.unset = True
        node.carry("v", "")
        expected = spot.base if spot.base is None or spot.base is MISSING else absent(node.field)
        if not same(expected, spot.value):
            self._carry_value(node, spot.value)
        self._mark(node, spot)
        return node

    def _proposal_inside(self, node: Node, field: Field, spot: Spot, index: int) -> Proposal | None:
        """Field by field under the same alternative; as a whole under another."""
        if spot.proposal is None:
            return None
        if choose(self.schemas, field, spot.proposal.value) == index:
            return spot.proposal
        self._mark(node, spot)
        return None

    def _inside_union(
        self, inner: Field, spot: Spot, index: int, field: Field, proposal: Proposal | None
    ) -> Node:
        base = variant_base(self.schemas, field, index, spot.base)
        node = self.build(inner, replace(spot, base=base, proposal=proposal, optional=False))
        node.bare, node.flagged, node.removable = True, False, False
        if node.is_input or node.control == "text":
            node.label = inner.type_name if is_scalar(spot.value) else spot.label
        return node

    # --- provenance -----------------------------------------------------------------------------

    def _mark(self, node: Node, spot: Spot) -> None:
        """Say what the agent had proposed, if something else stands there now."""
        if spot.proposal is None or same(spot.proposal.value, spot.value):
            return
        if spot.proposal.value is MISSING:
            node.added = True
        else:
            node.proposed = display.proposed(node.field, spot.proposal.value, tz=self.look.tz)

    def _mark_container(self, node: Node, spot: Spot, kind: type) -> None:
        """Containers of one kind are compared inside; anything else as a whole."""
        if spot.proposal is None:
            return
        if not (isinstance(spot.proposal.value, kind) and isinstance(spot.value, kind)):
            self._mark(node, spot)


def _inside(proposal: Proposal | None, key: str) -> Proposal | None:
    if proposal is None or not isinstance(proposal.value, dict):
        return None
    return Proposal(proposal.value.get(key, MISSING))


def _is_prose(field: Field, text: str) -> bool:
    if field.kind not in ("string", "decimal", "number", "integer"):
        return "\n" in text or "\r" in text
    if len(text) > _LONG or "\n" in text or "\r" in text:
        return True
    return field.schema.get("format") in _PROSE or "contentMediaType" in field.schema


def _input_type(field: Field, text: str) -> str:
    """A date control empties itself when it is given anything else, so that is shown as text."""
    if field.kind == "date" and (not text or moments.is_date(text)):
        return "date"
    if field.kind == "time" and (not text or moments.is_clock(text)):
        return "time"
    if field.kind == "datetime" and (not text or moments.same_local(text, text)):
        return "datetime-local"
    return "text"
