"""Which items of two lists are the same item, for those who compare them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from difflib import SequenceMatcher
from itertools import takewhile

from approvals.schemaform.values import Json, same

_LARGEST = 60
"""Blocks of more changed items are paired in order; comparing all with all takes too long."""


def align(before: list[Json], after: list[Json]) -> list[int | None]:
    """For each item of `after`, the index it had in `before`, or None for a new one.

    Equal items are one item. Between them, the pairs that share most are one item, edited.
    Order is kept: an item moved past another counts as removed and added.
    """
    old, new = [_key(item) for item in before], [_key(item) for item in after]
    head = _common(zip(old, new, strict=False))
    tail = _common(zip(reversed(old[head:]), reversed(new[head:]), strict=False))
    end = len(old) - tail
    origin: list[int | None] = [
        *range(head),
        *[None] * (len(new) - head - tail),
        *range(end, len(old)),
    ]
    # One edit leaves one pair between head and tail; only more than that needs a search.
    matcher = SequenceMatcher(None, old[head:end], new[head : len(new) - tail], autojunk=False)
    for tag, i1, i2, j1, j2 in matcher.get_opcodes():
        i1, i2, j1, j2 = i1 + head, i2 + head, j1 + head, j2 + head
        if tag == "equal":
            origin[j1:j2] = range(i1, i2)
        elif tag == "replace":
            for i, j in _pairs(before[i1:i2], after[j1:j2]):
                origin[j1 + j] = i1 + i
    return origin


def _common(pairs: Iterable[tuple[str, str]]) -> int:
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


def _key(item: Json) -> str:
    """Equal for the same JSON only; `repr` keeps 1, 1.0 and True apart."""
    if isinstance(item, dict):
        return "{" + ",".join(f"{key!r}:{_key(item[key])}" for key in sorted(item)) + "}"
    if isinstance(item, list):
        return "[" + ",".join(map(_key, item)) + "]"
    return f"{type(item).__name__}{item!r}"


def _pairs(before: list[Json], after: list[Json]) -> Iterator[tuple[int, int]]:
    if max(len(before), len(after)) > _LARGEST:
        return iter(zip(range(len(before)), range(len(after)), strict=False))
    return _best_pairs(before, after)


def _best_pairs(before: list[Json], after: list[Json]) -> Iterator[tuple[int, int]]:
    """The order-keeping pairing with the highest total likeness."""
    rows, columns = len(before), len(after)
    likes = [[_likeness(one, other) for other in after] for one in before]
    best = [[0.0] * (columns + 1) for _ in range(rows + 1)]
    for i in range(rows - 1, -1, -1):
        for j in range(columns - 1, -1, -1):
            paired = best[i + 1][j + 1] + likes[i][j]
            best[i][j] = max(paired, best[i + 1][j], best[i][j + 1])
    i = j = 0
    while i < rows and j < columns:
        if best[i][j] == best[i + 1][j + 1] + likes[i][j]:
            yield i, j
            i, j = i + 1, j + 1
        elif best[i][j] == best[i + 1][j]:
            i += 1
        else:
            j += 1


def _likeness(one: Json, other: Json) -> float:
    """More than nothing, so that two different texts still count as one that was edited."""
    if isinstance(one, dict) and isinstance(other, dict):
        keys = one.keys() | other.keys()
        equal = sum(key in one and key in other and same(one[key], other[key]) for key in keys)
        return 0.01 + equal / max(len(keys), 1)
    return 0.01
