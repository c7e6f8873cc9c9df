"""Where boxes stand from left to right: below what leads to them, as far as there is room."""

from __future__ import annotations

from dataclasses import dataclass, field
from statistics import fmean

from langvel.routing.sketch import Arrow

GAP_X, MARGIN = 28, 16
SWEEPS = 3


@dataclass
class Place:
    width: float
    x: float = 0
    y: float = 0


@dataclass
class Layout:
    places: dict[str, Place]
    # The points each arrow goes through, ends included.
    lines: list[tuple[Arrow, list[tuple[float, float]]]] = field(default_factory=list)
    width: float = 0
    height: float = 0


def straighten(rows: list[list[str]], pairs: list[tuple[str, str]], layout: Layout) -> None:
    """Move boxes above what they lead to and below what leads to them; none touches another.

    Downwards last, so that a step with one way into it stands right below where it comes from.
    """
    above: dict[str, list[str]] = {}
    below: dict[str, list[str]] = {}
    for source, target in pairs:
        below.setdefault(source, []).append(target)
        above.setdefault(target, []).append(source)
    for _ in range(SWEEPS):
        for row in reversed(rows):
            _move(row, below, layout.places)
        for row in rows:
            _move(row, above, layout.places)
    left = min(place.x - place.width / 2 for place in layout.places.values())
    for place in layout.places.values():
        place.x += MARGIN - left
    layout.width = MARGIN + max(place.x + place.width / 2 for place in layout.places.values())


def _move(row: list[str], near: dict[str, list[str]], places: dict[str, Place]) -> None:
    """The middle between packing the row as far right as its wishes let it, and as far left."""
    wanted = [
        fmean([places[other].x for other in near.get(name, ())] or [places[name].x]) for name in row
    ]
    at = list(wanted)
    for index in range(1, len(row)):
        at[index] = max(at[index], at[index - 1] + _apart(row, index, places))
    to = list(wanted)
    for index in reversed(range(1, len(row))):
        to[index - 1] = min(to[index - 1], to[index] - _apart(row, index, places))
    for name, right, left in zip(row, at, to, strict=True):
        places[name].x = (right + left) / 2


def _apart(row: list[str], index: int, places: dict[str, Place]) -> float:
    return (places[row[index - 1]].width + places[row[index]].width) / 2 + GAP_X
