"""What changed in a run's state between two moments that were recorded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from approvals import schemaform
from approvals.hiding.covering import Cover
from approvals.models import AuditEntry, Interrupt, Run
from approvals.web.showing.values import without_empty

MOST_QUESTIONS = 40
"""A run that asked more often is told without deltas: their states would have to be loaded."""

MOST_CHANGES = 25


@dataclass(frozen=True, kw_only=True)
class Delta:
    """Changes of one moment; `more` are not listed."""

    changes: list[schemaform.Change]
    more: int = 0

    @property
    def count(self) -> int:
        return len(self.changes) + self.more

    def covered(self, cover: Cover) -> Delta:
        changes = [
            replace(one, before=cover.over(one.before), after=cover.over(one.after))
            for one in self.changes
        ]
        return replace(self, changes=changes)


def deltas_of(
    run: Run, entries: Sequence[AuditEntry], questions: Sequence[Interrupt]
) -> dict[int, Delta]:
    """By place in the run's chain: the state at each question against the one before, the
    decision against the proposal, the result against the last state seen."""
    if len(questions) > MOST_QUESTIONS:
        return {}
    asked = {question.pk: question for question in questions}
    known: Any = run.input
    found = {}
    for entry in entries:
        question = asked.get(entry.interrupt_id or 0)
        if entry.action == "question.asked" and question:
            found[entry.seq] = _delta(known, question.state)
            known = question.state
        elif entry.action == "question.decided" and question:
            found[entry.seq] = _decided(question, entry.data.get("decisions"))
        elif entry.action == "run.finished" and run.result is not None:
            found[entry.seq] = _delta(known, run.result)
    return {seq: delta for seq, delta in found.items() if delta.count}


def _decided(question: Interrupt, decisions: Any) -> Delta:
    """What the reviewer changed, one action after the other."""
    changes: list[schemaform.Change] = []
    for action, made in zip(question.actions, decisions or [], strict=False):
        if isinstance(made, Mapping) and made.get("type") == "edit":
            changes += schemaform.diff(action["args"], made.get("args"))
    return _short(changes)


def _delta(before: Any, after: Any) -> Delta:
    return _short(schemaform.diff(without_empty(before), without_empty(after)))


def _short(changes: list[schemaform.Change]) -> Delta:
    return Delta(changes=changes[:MOST_CHANGES], more=max(0, len(changes) - MOST_CHANGES))
