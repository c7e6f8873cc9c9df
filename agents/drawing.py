"""A graph's sketch as JSON, so that a web process can draw it without importing any graph."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from langvel.routing.sketch import Arrow, Box, Sketch


def published(sketch: Sketch) -> dict[str, Any]:
    """A sketch as JSON; `sketched` reads it."""
    return {
        "boxes": [asdict(box) for box in sketch.boxes],
        "arrows": [asdict(arrow) for arrow in sketch.arrows],
    }


def sketched(drawing: Mapping[str, Any]) -> Sketch | None:
    """The sketch a worker published; None where it published none."""
    if not drawing.get("boxes"):
        return None
    return Sketch(
        tuple(Box(**box) for box in drawing["boxes"]),
        tuple(Arrow(**arrow) for arrow in drawing["arrows"]),
    )
