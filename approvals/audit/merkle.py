"""Merkle trees as RFC 6962 builds them: leaves and inner nodes are hashed differently."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence


class Tree:
    """The tree over some entries' hashes; an odd node at the end of a row moves up unchanged."""

    def __init__(self, hashes: Sequence[bytes]) -> None:
        row = [_sha256(b"\0" + leaf) for leaf in hashes]
        self._rows = [row]
        while len(row) > 1:
            row = [_parent(row, place) for place in range(0, len(row), 2)]
            self._rows.append(row)

    @property
    def root(self) -> str:
        return self._rows[-1][0].hex()

    def path(self, place: int) -> list[str]:
        """The neighbours on the way from a leaf to the root: proof that it has this place."""
        steps = []
        for row in self._rows[:-1]:
            neighbour = place ^ 1
            if neighbour < len(row):
                steps.append(row[neighbour].hex())
            place //= 2
        return steps


def _parent(row: Sequence[bytes], place: int) -> bytes:
    if place + 1 == len(row):
        return row[place]
    return _sha256(b"\1" + row[place] + row[place + 1])


def _sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()
