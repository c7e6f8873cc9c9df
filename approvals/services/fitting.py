"""Which waiting questions the code at hand could not take the answers of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import transaction

from approvals.driving.compat import UNREGISTERED, misfit
from approvals.driving.holding import MOVING, hold
from approvals.models import Agent, Interrupt, Run
from approvals.models.interrupt import InterruptQuerySet
from approvals.services.queue import wake

if TYPE_CHECKING:
    from agents.adapters import RegisteredAgent

_ASKED = ("agent_id", "node", "agent_version", "step_code")


@dataclass(frozen=True, kw_only=True)
class Misfit:
    """Open questions of one step and one version, and why no answer to them may be carried."""

    agent_key: str
    node: str
    questions: tuple[int, ...]
    reason: str


def misfits(agents: Iterable[RegisteredAgent]) -> list[Misfit]:
    """Open questions that these agents could not take, and those of graphs that are not here."""
    known = {agent.key: agent for agent in agents}
    found = []
    for asked in _kinds(Interrupt.objects.filter(agent__kind=Agent.Kind.GRAPH)):
        agent = known.get(asked.agent_id)
        if reason := misfit(agent, asked) if agent else UNREGISTERED:
            ids = tuple(_alike(asked).order_by("id").values_list("id", flat=True))
            found.append(
                Misfit(agent_key=asked.agent_id, node=asked.node, questions=ids, reason=reason)
            )
    return found


def fit(agents: Iterable[RegisteredAgent]) -> None:
    """Hold the questions that these agents' code could not take; release those that it can.

    A run that is being moved, here or elsewhere, or has failed, is looked at when that is over.
    """
    for agent in agents:
        for asked in _kinds(Interrupt.objects.filter(agent_id=agent.key)):
            reason = misfit(agent, asked)
            rows = _alike(asked).filter(run__status=Run.Status.INTERRUPTED)
            wrong = rows.exclude(held_reason__in=(reason, MOVING)).order_by("run_id")
            for run_id in wrong.values_list("run_id", flat=True).distinct():
                _fit_run(run_id, agent)


@transaction.atomic
def _fit_run(run_id: int, agent: RegisteredAgent) -> None:
    run = Run.objects.select_for_update().get(pk=run_id)
    if run.status != Run.Status.INTERRUPTED:
        return
    released = False
    for row in run.interrupts.open().exclude(held_reason=MOVING).without_payloads():
        reason = misfit(agent, row)
        released = released or bool(row.held_reason and not reason)
        hold(run, row, reason=reason)
    if released:
        wake(run.pk)


def _kinds(rows: InterruptQuerySet) -> Iterator[Interrupt]:
    """One question, not a stored one, for each kind there is among the open ones."""
    kinds = rows.open().order_by(*_ASKED).values(*_ASKED).distinct()
    return (Interrupt(**kind) for kind in kinds)


def _alike(asked: Interrupt) -> InterruptQuerySet:
    return Interrupt.objects.open().filter(**{name: getattr(asked, name) for name in _ASKED})
