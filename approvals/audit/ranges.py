"""Sets of ids as ranges: seals and erasures name thousands of them in a few numbers."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

MAX_ID = 2**63 - 1

Ranges = Sequence[Sequence[int]]


def ranges_of(ids: Iterable[int]) -> list[list[int]]:
    """`[1, 2, 3, 7]` → `[[1, 3], [7, 7]]`."""
    found: list[list[int]] = []
    for number in sorted(ids):
        if found and number <= found[-1][1] + 1:
            found[-1][1] = number
        else:
            found.append([number, number])
    return found


def are_ranges(value: Any) -> bool:
    """Whether a JSON value, which anybody may have tampered with, is what `ranges_of` makes."""
    return isinstance(value, list) and all(
        isinstance(one, list)
        and len(one) == 2
        and all(type(end) is int for end in one)
        and 0 <= one[0] <= one[1] <= MAX_ID
        for one in value
    )


def ids_of(ranges: Ranges) -> Iterator[int]:
    for first, last in ranges:
        yield from range(first, last + 1)


class IdSet:
    """Asks whether an id lies in any of the ranges."""

    def __init__(self, ranges: Iterable[Sequence[int]]) -> None:
        merged: list[list[int]] = []
        for first, last in sorted(tuple(one) for one in ranges):
            if merged and first <= merged[-1][1] + 1:
                merged[-1][1] = max(merged[-1][1], last)
            else:
                merged.append([first, last])
        self._ranges = merged

    def __contains__(self, number: int) -> bool:
        place = bisect_right(self._ranges, number, key=lambda one: one[0]) - 1
        return place >= 0 and number <= self._ranges[place][1]
