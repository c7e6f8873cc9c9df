"""What passes asked and did not live to record, and by which code.

Noted with the interrupt, read when the run is claimed, forgotten when an outcome is recorded.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef
from django.db.models.functions import JSONObject

from agents.outcome import Question
from agents.raised import Code, Unrecorded
from approvals.models import UnrecordedInterrupt

NOTE = (
    "INSERT INTO approvals_unrecordedinterrupt"
    " (run_id, checkpoint_id, task_id, agent_version, steps) VALUES (%s, %s, %s, %s, %s)"
    " ON CONFLICT (run_id, task_id)"
    " DO UPDATE SET agent_version = EXCLUDED.agent_version, steps = EXCLUDED.steps"
)
"""For the saver, which completes the run's id with `Raised.params`."""


def left_by_run(pk: str) -> ArraySubquery:
    """All that is noted of the run whose primary key that is, for `read_left`."""
    told = JSONObject(
        checkpoint="checkpoint_id", task="task_id", version="agent_version", steps="steps"
    )
    return ArraySubquery(UnrecordedInterrupt.objects.filter(run=OuterRef(pk)).values(told=told))


def read_left(rows: Iterable[Mapping[str, Any]]) -> tuple[Unrecorded, ...]:
    return tuple(
        Unrecorded(
            checkpoint_id=row["checkpoint"],
            task_id=row["task"],
            code=Code(version=row["version"], steps=row["steps"]),
        )
        for row in rows
    )


def asked_unseen(
    left: Iterable[Unrecorded], *, head: str, version: str, seen: Iterable[Question]
) -> bool:
    """Whether other code asked something at the head of the thread that this version cannot see.

    Its step is gone, and going on would end the run as if nothing had been asked.
    """
    tasks = {question.task_id for question in seen}
    return any(
        one.checkpoint_id == head and one.task_id not in tasks and one.code.version != version
        for one in left
    )
