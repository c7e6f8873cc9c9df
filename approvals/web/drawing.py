"""A graph as a picture, drawn from what a worker published of it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from agents.drawing import sketched
from approvals.models import Agent
from langvel.routing.drawing import picture
from langvel.routing.sketch import Box

_LABELS = {
    "start": gettext_lazy("start"),
    "end": gettext_lazy("end"),
    "split": gettext_lazy("split"),
    "rejoin": gettext_lazy("rejoin"),
    "all done": gettext_lazy("all done"),
}
_GATES = {
    "pause after ": gettext_lazy("pause after %(step)s"),
    "may pause after ": gettext_lazy("may pause after %(step)s"),
}


def draw(
    agent: Agent, *, visited: Collection[str] = (), current: Collection[str] = ()
) -> SafeString:
    """The agent's graph as SVG without styles; empty where no graph was published.

    Steps of these names, and the ways between them, are set apart: where a run has been, and
    where it is. Names the graph does not have are passed over, as those of an older version are.
    """
    sketch = sketched(agent.drawing)
    if sketch is None:
        return SafeString("")
    # Every text in it is escaped where it is written.
    return SafeString(
        picture(
            replace(sketch, boxes=tuple(map(_worded, sketch.boxes))),
            been=_("Been at"),
            now=_("Now at"),
            title=_("The graph of %(agent)s") % {"agent": agent.title},
            visited=visited,
            current=current,
        )
    )


def _worded(box: Box) -> Box:
    """What langvel calls it, said in the reader's language; a step's name is its author's."""
    if box.kind == "step":
        return box
    for start, said in _GATES.items():
        if box.kind == "gate" and box.label.startswith(start):
            return replace(box, label=said % {"step": box.label.removeprefix(start)})
    return replace(box, label=str(_LABELS.get(box.label, box.label)))
