"""Which arrows of a sketch a run went along, as far as the boxes it came by tell."""

from __future__ import annotations

from collections.abc import Collection

from langgraph.constants import START

from langvel.routing.sketch import Arrow, Sketch


def ways_taken(sketch: Sketch, visited: Collection[str]) -> set[Arrow]:
    """Forward arrows between visited boxes, without those that other visited boxes bridge.

    A run that went from a to b to c did not go from a to c, as far as anybody can tell. Arrows
    back are left out: whether a loop went round again does not show.
    """
    if not visited:
        return set()
    order = {box.name: at for at, box in enumerate(sketch.boxes)}
    reached = {START, *visited}
    ways = [
        arrow
        for arrow in sketch.arrows
        if {arrow.source, arrow.target} <= reached and order[arrow.source] < order[arrow.target]
    ]
    return {arrow for arrow in ways if not _is_bridged(arrow, ways)}


def _is_bridged(arrow: Arrow, ways: list[Arrow]) -> bool:
    pending, seen = [arrow.source], {arrow.target}
    while pending:
        name = pending.pop()
        following = {way.target for way in ways if way.source == name}
        if name != arrow.source and arrow.target in following:
            return True
        pending.extend(following - seen)
        seen |= following
    return False
