"""A graph as a picture, drawn from what a worker published of it."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import replace

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from agents.drawing import sketched
from approvals.models import Agent
from langvel.routing.drawing import picture
from langvel.routing.sketch import Arrow, Box, Sketch

_LABELS = {
    "start": gettext_lazy("start"),
    "end": gettext_lazy("end"),
    "split": gettext_lazy("split"),
    "rejoin": gettext_lazy("rejoin"),
    "all done": gettext_lazy("all done"),
}
_WAYS = {"again": gettext_lazy("again"), "done": gettext_lazy("done")}
_MADE = {
    "gate": (
        (re.compile("pause after (?P<step>.+)"), gettext_lazy("pause after %(step)s")),
        (re.compile("may pause after (?P<step>.+)"), gettext_lazy("may pause after %(step)s")),
    ),
    "loop": (
        (
            re.compile(r"while (?P<condition>.+), at most (?P<count>\d+) times"),
            gettext_lazy("while %(condition)s, at most %(count)s times"),
        ),
        (
            re.compile(r"until (?P<condition>.+), at most (?P<count>\d+) times"),
            gettext_lazy("until %(condition)s, at most %(count)s times"),
        ),
        (re.compile("while (?P<condition>.+)"), gettext_lazy("while %(condition)s")),
        (re.compile("until (?P<condition>.+)"), gettext_lazy("until %(condition)s")),
    ),
    "crossing": ((re.compile("(?P<condition>condition)[?]"), gettext_lazy("%(condition)s?")),),
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
            _in_words(sketch),
            been=_("Been at"),
            now=_("Now at"),
            title=_("The graph of %(agent)s") % {"agent": agent.title},
            visited=visited,
            current=current,
        )
    )


def _in_words(sketch: Sketch) -> Sketch:
    loops = {box.name for box in sketch.boxes if box.kind == "loop"}
    return Sketch(
        tuple(map(_worded, sketch.boxes)),
        tuple(_labelled(arrow) if arrow.source in loops else arrow for arrow in sketch.arrows),
    )


def _labelled(arrow: Arrow) -> Arrow:
    """Ways out of a loop are named by langvel, all others by an agent's author."""
    return replace(arrow, label=str(_WAYS.get(arrow.label, arrow.label)))


def _worded(box: Box) -> Box:
    """What langvel calls it, said in the reader's language; a step's name is its author's."""
    for pattern, said in _MADE.get(box.kind, ()):
        if found := pattern.fullmatch(box.label):
            return replace(box, label=said % _named(found.groupdict()))
    if box.kind in ("step", "loop"):
        return box
    return replace(box, label=str(_LABELS.get(box.label, box.label)))


def _named(parts: Mapping[str, str]) -> dict[str, str]:
    """A condition without a name is called so."""
    if parts.get("condition") == "condition":
        return {**parts, "condition": _("condition")}
    return dict(parts)
