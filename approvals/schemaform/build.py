"""From a schema and a value to the nodes the templates draw."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace

from django.utils.translation import gettext as _

from approvals.schemaform import display
from approvals.schemaform.align import align
from approvals.schemaform.bases import absent, item_base, property_field, variant_base
from approvals.schemaform.classify import Schemas
from approvals.schemaform.controls import leaf
from approvals.schemaform.fields import Field
from approvals.schemaform.labels import field_label
from approvals.schemaform.leaves import fits
from approvals.schemaform.naming import MAX_ITEMS, MAX_VALUES, too_deep
from approvals.schemaform.nodes import Choice, Look, Node
from approvals.schemaform.pointers import child, sendable
from approvals.schemaform.spots import Proposal, Spot, inside, mark, mark_container
from approvals.schemaform.values import MISSING, Json, Unparsed, code, is_scalar, same, weight
from approvals.schemaform.variants import choose


class Builder:
    def __init__(self, schemas: Schemas, look: Look, *, flagged: Collection[str]) -> None:
        self.schemas = schemas
        self.look = look
        self.flagged = frozenset(flagged)
        self.room = MAX_VALUES

    def build(self, field: Field, spot: Spot) -> Node:
        if field.read_only or not self._is_laid_out(field, spot):
            self.room -= 1
            return leaf(self._node(field, spot, "text"), spot)
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

    # --- objects --------------------------------------------------------------------------------

    def _group(self, field: Field, spot: Spot) -> Node:
        node = self._node(field, spot, "group")
        mark_container(node, spot, dict)
        if not isinstance(spot.value, dict):
            node.unset = True
            if not same(spot.base, spot.value):
                node.carry_value(spot.value)
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
                    proposal=inside(spot.proposal, key),
                    required=key in field.required and not inner.nullable,
                    optional=key not in field.required,
                ),
            )
            if raw is None and inner.read_only:
                node.note = _("Not part of the schema; kept as it is.")
            yield node

    # --- lists ----------------------------------------------------------------------------------

    def _list(self, field: Field, spot: Spot) -> Node:
        node = self._node(field, spot, "list")
        mark_container(node, spot, list)
        if not isinstance(spot.value, list):
            node.unset = True
            node.carry("n", "")
            expected = absent(field) if isinstance(spot.base, list) else spot.base
            if not same(expected, spot.value):
                node.carry_value(spot.value)
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
            Choice(f"variant:{sendable(spot.pointer)}:{n}", label, n == index)
            for n, label in enumerate(labels)
        ]

    def _no_variant(self, node: Node, spot: Spot) -> Node:
        node.unset = True
        node.carry("v", "")
        expected = spot.base if spot.base is None or spot.base is MISSING else absent(node.field)
        if not same(expected, spot.value):
            node.carry_value(spot.value)
        mark(node, spot)
        return node

    def _proposal_inside(self, node: Node, field: Field, spot: Spot, index: int) -> Proposal | None:
        """Field by field under the same alternative; as a whole under another."""
        if spot.proposal is None:
            return None
        if choose(self.schemas, field, spot.proposal.value) == index:
            return spot.proposal
        mark(node, spot)
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
