"""A graph as a picture, drawn from what a worker published of it."""

from __future__ import annotations

from collections.abc import Collection

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from agents.drawing import sketched
from approvals.models import Agent
from langvel.routing.drawing import picture


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
            sketch,
            title=_("The graph of %(agent)s") % {"agent": agent.title},
            visited=visited,
            current=current,
        )
    )
