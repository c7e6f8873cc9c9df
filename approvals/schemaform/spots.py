"""Places in a value, and what is said about who put there what."""

from __future__ import annotations

from dataclasses import dataclass

from approvals.schemaform import display
from approvals.schemaform.nodes import Node
from approvals.schemaform.values import MISSING, Json, same


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


def inside(proposal: Proposal | None, key: str) -> Proposal | None:
    if proposal is None or not isinstance(proposal.value, dict):
        return None
    return Proposal(proposal.value.get(key, MISSING))


def mark(node: Node, spot: Spot) -> None:
    """Say what the agent had proposed, if something else stands there now."""
    if spot.proposal is None or same(spot.proposal.value, spot.value):
        return
    if spot.proposal.value is MISSING:
        node.added = True
    else:
        node.proposed = display.proposed(node.field, spot.proposal.value, tz=node.look.tz)


def mark_container(node: Node, spot: Spot, kind: type) -> None:
    """Containers of one kind are compared inside; anything else as a whole."""
    if spot.proposal is None:
        return
    if not (isinstance(spot.proposal.value, kind) and isinstance(spot.value, kind)):
        mark(node, spot)
