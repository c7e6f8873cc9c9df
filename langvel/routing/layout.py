"""Places for the boxes of a sketch: layers from top to bottom, few crossings, arrows back at the side."""

from __future__ import annotations

from itertools import pairwise

from langvel.routing.places import GAP_X, MARGIN, Layout, Place, straighten
from langvel.routing.sketch import Arrow, Sketch

CHARACTER, PADDING, HEIGHT = 7.5, 14, 36
GAP_Y = 44
BEND = 12
SIDE = 44


def lay_out(sketch: Sketch) -> Layout:
    order = {box.name: index for index, box in enumerate(sketch.boxes)}
    forward = [a for a in sketch.arrows if order[a.source] < order[a.target]]
    places = {b.name: Place(max(len(b.label) * CHARACTER + 2 * PADDING, 64)) for b in sketch.boxes}
    layer = _layers(list(order), forward)
    chains = {arrow: _chain(arrow, layer, places) for arrow in forward}
    rows = _rows(layer)
    pairs = [pair for chain in chains.values() for pair in pairwise(chain)]
    _untangle(rows, pairs)
    layout = Layout(places)
    _put(rows, layout)
    straighten(rows, pairs, layout)
    for arrow in sketch.arrows:
        chain = chains.get(arrow)
        points = _back(arrow, layout) if chain is None else _along(chain, places)
        layout.lines.append((arrow, points))
    return layout


def _layers(names: list[str], arrows: list[Arrow]) -> dict[str, int]:
    layer = dict.fromkeys(names, 0)
    for name in names:
        for arrow in arrows:
            if arrow.source == name:
                layer[arrow.target] = max(layer[arrow.target], layer[name] + 1)
    return layer


def _chain(arrow: Arrow, layer: dict[str, int], places: dict[str, Place]) -> list[str]:
    """The arrow's ends and a bend for each layer in between, so that it goes around boxes."""
    bends = []
    for depth in range(layer[arrow.source] + 1, layer[arrow.target]):
        bend = f"{arrow.source}>{arrow.target}>{arrow.label}>{depth}"
        layer[bend] = depth
        places[bend] = Place(BEND)
        bends.append(bend)
    return [arrow.source, *bends, arrow.target]


def _rows(layer: dict[str, int]) -> list[list[str]]:
    rows: list[list[str]] = [[] for _ in range(max(layer.values()) + 1)]
    for name, depth in layer.items():
        rows[depth].append(name)
    return rows


def _untangle(rows: list[list[str]], pairs: list[tuple[str, str]]) -> None:
    """Sort each row by where its neighbours are, downwards and upwards in turn."""
    for _ in range(3):
        for above, row in pairwise(rows):
            _sort(row, above, pairs)
        for below, row in pairwise(reversed(rows)):
            _sort(row, below, pairs)


def _sort(row: list[str], other: list[str], pairs: list[tuple[str, str]]) -> None:
    at = {name: index for index, name in enumerate(other)}
    row.sort(key=lambda name: _middle(name, pairs=pairs, at=at))


def _middle(name: str, *, pairs: list[tuple[str, str]], at: dict[str, int]) -> float:
    near = [at[b if a == name else a] for a, b in pairs if name in (a, b) and (a in at or b in at)]
    return sum(near) / len(near) if near else 0


def _put(rows: list[list[str]], layout: Layout) -> None:
    widths = [sum(layout.places[n].width + GAP_X for n in row) - GAP_X for row in rows]
    widest = max(widths)
    for depth, row in enumerate(rows):
        x = MARGIN + (widest - widths[depth]) / 2
        for name in row:
            place = layout.places[name]
            place.x, place.y = x + place.width / 2, MARGIN + depth * (HEIGHT + GAP_Y) + HEIGHT / 2
            x += place.width + GAP_X
    layout.height = len(rows) * (HEIGHT + GAP_Y) - GAP_Y + 2 * MARGIN


def _along(chain: list[str], places: dict[str, Place]) -> list[tuple[float, float]]:
    first, last = places[chain[0]], places[chain[-1]]
    half = HEIGHT / 2
    bends = [
        (places[name].x, places[name].y + side) for name in chain[1:-1] for side in (-half, half)
    ]
    return [(first.x, first.y + HEIGHT / 2), *bends, (last.x, last.y - HEIGHT / 2)]


def _back(arrow: Arrow, layout: Layout) -> list[tuple[float, float]]:
    """Up along the right side, each arrow on a lane of its own."""
    source, target = layout.places[arrow.source], layout.places[arrow.target]
    lane = layout.width - MARGIN + SIDE
    layout.width += SIDE
    return [
        (source.x + source.width / 2, source.y),
        (lane, source.y),
        (lane, target.y),
        (target.x + target.width / 2, target.y),
    ]
