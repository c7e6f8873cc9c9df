"""Finds runs that no job and no row explains, and has them driven. Safe to run at any time."""

from __future__ import annotations

from django.db import connection, transaction

from agents import failpoints
from approvals.driving.leases import NAMESPACE
from approvals.services.queue import DRIVE, wake

GRACE_SECONDS = 3
"""A run touched more recently is left alone: its job is on its way."""

# Whatever a crash leaves standing still is among these few. That a run waits and asks nothing,
# no crash leaves behind: for that all waiting runs have to be gone through.
_SUSPECTS = """
    AND run.id = ANY (ARRAY(
        SELECT id FROM approvals_run WHERE status IN ('pending', 'running')
        UNION SELECT id FROM approvals_run WHERE intent <> ''
        UNION SELECT run_id FROM approvals_interrupt WHERE status = 'decided'
    ))
"""

_UNEXPLAINED = """
    SELECT run.id FROM approvals_run AS run
    WHERE run.status IN ('pending', 'running', 'interrupted')
      {suspects}
      AND run.updated_at < statement_timestamp() - make_interval(secs => %(grace)s)
      AND (
        run.status IN ('pending', 'running')
        OR run.intent <> ''
        OR NOT EXISTS (
            SELECT FROM approvals_interrupt AS question
            LEFT JOIN approvals_decision AS decision ON decision.interrupt_id = question.id
            WHERE question.run_id = run.id
              AND question.status IN ('pending', 'deciding', 'decided')
              AND (
                question.status IN ('pending', 'deciding')
                OR question.held_reason <> ''
                OR question.status = 'decided'
                   AND decision.effective_at > statement_timestamp()
              )
        )
        OR EXISTS (
            SELECT FROM approvals_interrupt AS question
            JOIN approvals_decision AS decision ON decision.interrupt_id = question.id
            WHERE question.run_id = run.id AND question.resumes_alone
              AND question.status = 'decided' AND question.held_reason = ''
              AND decision.effective_at <= statement_timestamp()
        )
      )
      AND NOT EXISTS (
        SELECT FROM pg_locks
        WHERE locktype = 'advisory' AND granted AND objsubid = 2
          AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
          AND classid = %(namespace)s AND objid = (run.id %% 2147483648)::oid
      )
      AND NOT EXISTS (
        SELECT FROM procrastinate_jobs AS job
        WHERE job.status = 'todo' AND job.task_name = %(task)s
          AND (job.args ->> 'run_id')::bigint = run.id
      )
    ORDER BY run.updated_at
    LIMIT %(limit)s
"""


def unexplained_runs(
    *, grace_seconds: int = GRACE_SECONDS, limit: int = 1_000, thorough: bool = True
) -> list[int]:
    """Unfinished runs that wait for no person, are in no worker's hands and in no queue.

    Not `thorough`: only those that should be moving, which is cheap however many wait.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            _UNEXPLAINED.format(suspects="" if thorough else _SUSPECTS),
            {"grace": grace_seconds, "namespace": NAMESPACE, "task": DRIVE, "limit": limit},
        )
        return [row[0] for row in cursor.fetchall()]


@transaction.atomic
def reconcile(*, grace_seconds: int = GRACE_SECONDS, thorough: bool = True) -> list[int]:
    """Have every unexplained run driven; returns their ids."""
    found = unexplained_runs(grace_seconds=grace_seconds, thorough=thorough)
    failpoints.reached("reconcile.found")
    for run_id in found:
        wake(run_id)
    failpoints.reached("reconcile.woken")
    return found
