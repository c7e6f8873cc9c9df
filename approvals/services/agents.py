from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models.functions import Now

from approvals.models import Agent

if TYPE_CHECKING:
    from agents.adapters import RegisteredAgent


@transaction.atomic
def publish(agents: Iterable[RegisteredAgent]) -> None:
    """Write down what a worker found, for the web process to show."""
    for agent in agents:
        Agent.objects.update_or_create(
            key=agent.key,
            defaults={
                "title": agent.title,
                "description": agent.description,
                "version": agent.version,
                "input_schema": agent.input_schema(),
                "drawing": agent.drawing,
                "last_seen": Now(),
            },
        )
