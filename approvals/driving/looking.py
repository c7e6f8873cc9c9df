"""Notices that other programs moved or deleted threads whose questions wait here.

A look reads only the keys of the checkpointer's own tables. What it suspects it does not judge:
the run is driven with the intent to look, and `advance` sees the thread as its graph does.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.db import connection, transaction
from django.db.models.functions import Now

from agents.view import BREAKPOINT, UNKEPT
from approvals.driving.holding import MOVING
from approvals.models import Run
from approvals.services.queue import wake

SLICE = 500
"""Questions compared by one query: some milliseconds."""

_LARGE = 65_536
"""Bytes of a payload beyond which it is not searched for its question's id."""

# An open question is the newest checkpoint's, and an interrupt of its task, by that id, that has
# neither failed nor come to an end. Where a graph stopped by itself there is no interrupt.
_CHANGED = """
    WITH slice AS MATERIALIZED (
        SELECT id, run_id, checkpoint_id, task_id, interrupt_id, held_reason
        FROM approvals_interrupt
        WHERE status IN ('pending', 'deciding', 'decided') AND id > %(after)s
        ORDER BY id LIMIT %(size)s
    )
    SELECT count(*), max(slice.id), array_agg(DISTINCT run.id) FILTER (
        WHERE run.id IS NOT NULL AND (
            head.checkpoint_id IS DISTINCT FROM slice.checkpoint_id
            OR slice.held_reason = %(moving)s
            OR done
            OR slice.interrupt_id <> %(breakpoint)s AND asks IS NOT TRUE
        )
    )
    FROM slice
    LEFT JOIN LATERAL (
        SELECT id, thread_id FROM approvals_run
        WHERE id = slice.run_id AND status = 'interrupted' AND intent = ''
          AND agent_id = ANY (ARRAY(SELECT key FROM approvals_agent WHERE kind = 'graph'))
        LIMIT 1
    ) AS run ON true
    LEFT JOIN LATERAL (
        SELECT checkpoint_id FROM checkpoints
        WHERE thread_id = run.thread_id AND checkpoint_ns = ''
        ORDER BY checkpoint_id DESC LIMIT 1
    ) AS head ON true
    LEFT JOIN LATERAL (
        SELECT
            bool_or(CASE WHEN channel <> '__interrupt__' THEN false
                WHEN slice.interrupt_id LIKE %(unkept)s OR octet_length(blob) > %(large)s THEN true
                ELSE position(convert_to(slice.interrupt_id, 'UTF8') IN blob) > 0
            END) AS asks,
            bool_or(CASE WHEN channel = '__error__' THEN type <> 'null' ELSE channel NOT IN
                ('__interrupt__', '__resume__', '__error_source_node__') END) AS done
        FROM checkpoint_writes
        WHERE thread_id = run.thread_id AND checkpoint_ns = ''
          AND checkpoint_id = slice.checkpoint_id AND task_id = slice.task_id
    ) AS written ON true
"""


# What the code at hand may not answer is held whatever the thread does, so driving it again and
# again would show nothing new: not before fitting code is back, or the thread is gone.
_HELD = """
    SELECT DISTINCT run.id FROM approvals_run AS run
    JOIN approvals_interrupt AS question ON question.run_id = run.id
    WHERE run.id = ANY (%(suspects)s)
      AND question.status IN ('pending', 'deciding', 'decided')
      AND question.held_reason NOT IN ('', %(moving)s)
      AND EXISTS (
        SELECT FROM checkpoints
        WHERE thread_id = run.thread_id AND checkpoint_ns = ''
          AND checkpoint_id >= question.checkpoint_id
      )
"""


@dataclass(frozen=True, kw_only=True)
class Looked:
    """`runs`: those that are now driven. `after`: where the next slice begins; 0 at the end."""

    runs: list[int]
    after: int


def look_at_slice(*, after: int = 0, size: int = SLICE) -> Looked:
    """Compare the open questions after that id with their threads; drive the runs that differ.

    A run in somebody's hands is left alone: it will be seen in the next round.
    """
    compared, last, differing = _compare(after=after, size=size)
    suspects = _without_held(differing) if differing else []
    runs = have_looked_at(suspects) if suspects else []
    return Looked(runs=runs, after=last if compared == size else 0)


def _compare(*, after: int, size: int) -> tuple[int, int, list[int] | None]:
    told: dict[str, str | int] = {
        "after": after,
        "size": size,
        "moving": MOVING,
        "breakpoint": BREAKPOINT,
        "unkept": UNKEPT.format("%"),
        "large": _LARGE,
    }
    with connection.cursor() as cursor:
        cursor.execute(_CHANGED, told)
        found: tuple[int, int, list[int] | None] = cursor.fetchone()
        return found


def _without_held(run_ids: list[int]) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(_HELD, {"suspects": run_ids, "moving": MOVING})
        held = {row[0] for row in cursor.fetchall()}
    return [run_id for run_id in run_ids if run_id not in held]


@transaction.atomic
def have_looked_at(suspects: list[int]) -> list[int]:
    """Drive those of these runs that still wait; nobody else's intent or lease is touched."""
    runs = _still_waiting(suspects)
    Run.objects.filter(pk__in=runs).update(intent=Run.Intent.LOOK, updated_at=Now())
    for run_id in runs:
        wake(run_id)
    return runs


def _still_waiting(run_ids: list[int]) -> list[int]:
    waiting = Run.objects.select_for_update(skip_locked=True).filter(
        pk__in=run_ids,
        status=Run.Status.INTERRUPTED,
        intent=Run.Intent.NONE,
        lease_token__isnull=True,
    )
    return list(waiting.order_by("pk").values_list("pk", flat=True))


def _has_checkpoints() -> bool:
    """The first worker creates LangGraph's tables; before that there is nothing to compare."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('checkpoint_writes') IS NOT NULL")
        return bool(cursor.fetchone()[0])


def look_around(*, after: int = 0, most: int = 0) -> Looked:
    """Slice by slice up to the last question, or `most` slices of it."""
    if not _has_checkpoints():
        return Looked(runs=[], after=0)
    runs: list[int] = []
    slices = 0
    while True:
        looked = look_at_slice(after=after)
        runs += looked.runs
        after, slices = looked.after, slices + 1
        if not after or slices == most:
            return Looked(runs=runs, after=after)
