from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models.functions import Now

from approvals.models import Agent
from approvals.services.fitting import fit

if TYPE_CHECKING:
    from agents.adapters import RegisteredAgent


def publish(agents: Iterable[RegisteredAgent]) -> None:
    """Write down what a worker found, and hold the questions its code could not take."""
    found = list(agents)
    _describe(found)
    fit(found)


@transaction.atomic
def _describe(agents: Iterable[RegisteredAgent]) -> None:
    """For the web process to show.

    What an agent elsewhere is like, its server tells later; what it told last time is kept.
    """
    for agent in agents:
        kind = getattr(agent, "kind", Agent.Kind.GRAPH)
        row = {"kind": kind, "title": agent.title, "version": agent.version, "last_seen": Now()}
        described = {
            "description": agent.description,
            "input_schema": agent.input_schema(),
            "drawing": agent.drawing,
        }
        Agent.objects.update_or_create(
            key=agent.key,
            defaults=row if kind == Agent.Kind.REMOTE else row | described,
            create_defaults=row | described,
        )
