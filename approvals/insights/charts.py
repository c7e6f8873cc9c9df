"""Charts as SVG: classes only, colours are the page's; widths in percent, so they fit any screen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from itertools import count

from django.utils.safestring import SafeString, mark_safe

from approvals.hiding.untrusted import spelt_out

TALL, FOOT, HEAD = 190, 22, 14
ROW, BAR = 44, 18
LABELS = 7
SHORT, SHORTER = 30, 16
"""Characters of a row's name: with a number beside it, and on a telephone."""

NARROWEST, FIGURE = 250, 7
"""Pixels: of a chart on the smallest telephone, and of one figure."""

WIDE_ENOUGH = 0.12
"""A part of a bar that has room for its number."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """One bar of `stacked`: its parts in the order of the series."""

    name: str
    note: str
    parts: Sequence[int]


def columns(
    *, title: str, told: str, labels: Sequence[str], series: Sequence[tuple[str, Sequence[int]]]
) -> SafeString:
    """Columns side by side for each label. A series is a class and its values."""
    top = _round_up(max((value for _, values in series for value in values), default=0))
    plot = TALL - FOOT - HEAD
    marks = sorted({0, top // 2, top})
    parts = [_line(top, at, plot) for at in marks]
    wide = (100 - _margin(top)) / max(len(labels), 1)
    each = wide * 0.8 / len(series)
    for place, (name, values) in enumerate(series):
        for at, value in enumerate(values):
            if value:
                high = max(plot * value / top, 1)
                parts.append(
                    f'<rect class="chart-{name}" x="{at * wide + wide * 0.1 + place * each:.2f}%" '
                    f'y="{HEAD + plot - high:.1f}" width="{each:.2f}%" height="{high:.1f}"/>'
                )
    parts += [_mark(top, at, plot) for at in marks if at]
    step = -(-len(labels) // LABELS)
    anchor, aside = ("start", 0.1) if step > 1 else ("middle", 0.5)
    for place, at in enumerate(range(0, len(labels), step)):
        x = (at + aside) * wide
        # On a telephone there is room for every second.
        kind = ' class="chart-second"' if place % 2 else ""
        parts.append(
            f'<text{kind} x="{x:.2f}%" y="{TALL - 6}" text-anchor="{anchor}">'
            f"{escape(labels[at])}</text>"
        )
    return _svg(title, told, parts, height=TALL)


def stacked(*, title: str, told: str, rows: Sequence[Row], series: Sequence[str]) -> SafeString:
    """One bar for each row, all of the same length, cut by the share of each series."""
    parts: list[str] = []
    for at, row in enumerate(rows):
        parts += _stack(row, series, y=at * ROW)
    return _svg(title, told, parts, height=len(rows) * ROW)


def _stack(row: Row, series: Sequence[str], *, y: int) -> Iterator[str]:
    yield from _name(row.name, y=y + 14)
    yield f'<text x="100%" y="{y + 14}" text-anchor="end">{escape(row.note)}</text>'
    whole, x = sum(row.parts) or 1, 0.0
    for kind, value in zip(series, row.parts, strict=True):
        share = value / whole
        if not value:
            continue
        yield (
            f'<rect class="chart-{kind}" x="{x:.2f}%" y="{y + 20}" '
            f'width="{100 * share:.2f}%" height="{BAR}"/>'
        )
        if share >= WIDE_ENOUGH:
            yield (
                f'<text class="chart-on-{kind}" x="{x + 50 * share:.2f}%" y="{y + 33}" '
                f'text-anchor="middle">{share:.0%}</text>'
            )
        x += 100 * share


def _name(name: str, *, y: int) -> Iterator[str]:
    """Where it is too long for a telephone, also as it fits there; the page shows one of them."""
    name = spelt_out(name)
    sizes = ((SHORT, " chart-wide"), (SHORTER, " chart-narrow"))
    for longest, kind in sizes if len(name) > SHORTER else ((SHORT, ""),):
        cut = name if len(name) <= longest else f"{name[:longest].rstrip()}…"
        yield f'<text class="chart-name{kind}" x="0" y="{y}">{escape(cut)}</text>'


def _margin(top: int) -> float:
    """Percent kept free on the right for the numbers of the lines, so that they cover no column."""
    return 100 * (len(f"{top:,}") * FIGURE + FIGURE) / NARROWEST


def _line(top: int, value: int, plot: int) -> str:
    y = _height(top, value, plot)
    return f'<line class="chart-line" x1="0" x2="100%" y1="{y:.1f}" y2="{y:.1f}"/>'


def _mark(top: int, value: int, plot: int) -> str:
    y = _height(top, value, plot) - 3
    return f'<text class="chart-mark" x="100%" y="{y:.1f}" text-anchor="end">{value:,}</text>'


def _height(top: int, value: int, plot: int) -> float:
    return HEAD + plot - (plot * value / top if top else 0)


def _round_up(most: int) -> int:
    """The next number that divides well: 1, 2, 4, 6, 10, 20, 40, 60, 100 …"""
    for power in count():
        for step in (1, 2, 4, 6):
            if step * 10**power >= most:
                return step * 10**power
    raise AssertionError


def _svg(title: str, told: str, parts: Sequence[str], *, height: int) -> SafeString:
    return mark_safe(  # noqa: S308 - every text in it is escaped where it is written
        f'<svg xmlns="http://www.w3.org/2000/svg" class="chart" role="img" width="100%" '
        f'height="{height}"><title>{escape(title)}</title><desc>{escape(told)}</desc>'
        f"{''.join(parts)}</svg>"
    )
