"""A plan as a picture, and as text for a terminal."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from html import escape
from typing import Literal

from langvel.routing.layout import HEIGHT, lay_out
from langvel.routing.places import Layout
from langvel.routing.plan import Plan
from langvel.routing.sketch import Arrow, Box, Sketch, sketch
from langvel.routing.trail import ways_taken

Form = Literal["svg", "text"]

Points = list[tuple[float, float]]


def draw(plan: Plan, *, form: Form, title: str) -> str:
    """Raises ValueError for another form."""
    if form not in ("svg", "text"):
        raise ValueError(f"draw() draws 'svg' or 'text', not {form!r}")
    drawn = sketch(plan)
    return "\n".join(drawn.describe()) if form == "text" else picture(drawn, title=title)


def picture(
    drawn: Sketch,
    *,
    title: str,
    visited: Collection[str] = (),
    current: Collection[str] = (),
    been: str = "Been at",
    now: str = "Now at",
) -> str:
    """An SVG; classes only: how it looks is the page's affair, whose policy may forbid styles.

    Boxes of these names, and the arrows between them, get the classes `graph-visited` and
    `graph-current`; `been` and `now` are what a screen reader says before their names.
    """
    layout = lay_out(drawn)
    taken = ways_taken(drawn, {*visited, *current})
    size = f"0 0 {_n(layout.width)} {_n(layout.height)}"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" class="graph" role="img" viewBox="{size}" '
        f'width="{_n(layout.width)}" height="{_n(layout.height)}">',
        f"<title>{escape(title)}</title>",
        f"<desc>{escape('. '.join(_told(drawn, {been: visited, now: current})))}.</desc>",
        *(_arrow(arrow, points, arrow in taken) for arrow, points in layout.lines),
        *(_box(box, layout, _state(box.name, visited, current)) for box in drawn.boxes),
        "</svg>",
    ]
    return "\n".join(parts)


def _told(drawn: Sketch, apart: Mapping[str, Collection[str]]) -> list[str]:
    """The picture in words; a colour alone tells a screen reader nothing."""
    said = drawn.describe()
    for word, names in apart.items():
        if labels := [box.label for box in drawn.boxes if box.name in names]:
            said.append(f"{word}: {', '.join(labels)}")
    return said


def _state(name: str, visited: Collection[str], current: Collection[str]) -> str:
    if name in current:
        return " graph-current"
    return " graph-visited" if name in visited else ""


def _box(box: Box, layout: Layout, state: str) -> str:
    place = layout.places[box.name]
    radius = HEIGHT / 2 if box.kind in ("start", "end", "loop", "crossing", "join") else 6
    return (
        f'<g class="graph-node graph-{box.kind}{state}" data-node="{escape(box.name)}">'
        f'<rect x="{_n(place.x - place.width / 2)}" y="{_n(place.y - HEIGHT / 2)}" '
        f'width="{_n(place.width)}" height="{HEIGHT}" rx="{_n(radius)}"/>'
        f'<text x="{_n(place.x)}" y="{_n(place.y)}" text-anchor="middle" '
        f'dominant-baseline="central">{escape(box.label)}</text></g>'
    )


def _arrow(arrow: Arrow, points: Points, is_taken: bool) -> str:
    kind = "graph-edge graph-edge-choice" if arrow.label else "graph-edge"
    kind += " graph-visited" if is_taken else ""
    line = " ".join(f"{_n(x)},{_n(y)}" for x, y in points)
    head = " ".join(f"{_n(x)},{_n(y)}" for x, y in _head(points))
    return (
        f'<g class="{kind}"><polyline class="graph-line" points="{line}"/>'
        f'<polygon class="graph-head" points="{head}"/>{_label(arrow, points)}</g>'
    )


def _head(points: Points) -> Points:
    """A small triangle at the end, pointing the way the line goes."""
    (x1, y1), (x2, y2) = points[-2:]
    length = ((x2 - x1) ** 2 + (y2 - y1) ** 2) ** 0.5 or 1
    dx, dy = (x2 - x1) / length, (y2 - y1) / length
    return [
        (x2, y2),
        (x2 - 8 * dx + 4 * dy, y2 - 8 * dy - 4 * dx),
        (x2 - 8 * dx - 4 * dy, y2 - 8 * dy + 4 * dx),
    ]


def _label(arrow: Arrow, points: Points) -> str:
    if not arrow.label:
        return ""
    goes_back = points[-1][1] < points[0][1]
    (x1, y1), (x2, y2) = points[1:3] if goes_back else points[:2]
    if goes_back:
        x1 = x2 = x1 - 20
    return (
        f'<text class="graph-label" x="{_n((x1 + x2) / 2)}" y="{_n((y1 + y2) / 2)}" '
        f'text-anchor="middle">{escape(arrow.label)}</text>'
    )


def _n(number: float) -> str:
    return f"{number:.1f}".removesuffix(".0")
