"""The setting that keeps fetching a job cheap while many wait."""

import psycopg
import pytest
from django.db import connection

from approvals.database import conninfo

pytestmark = pytest.mark.django_db

FETCH = "SELECT id FROM procrastinate_fetch_job_v2(NULL, %s)"
READ = (
    "SELECT sum(seq_tup_read + idx_tup_fetch) FROM pg_stat_xact_all_tables"
    " WHERE relname = 'procrastinate_jobs'"
)
WAITING = 3000


def test_fetching_a_job_is_planned_afresh_each_time():
    with connection.cursor() as cursor:
        cursor.execute("SELECT proconfig FROM pg_proc WHERE proname = 'procrastinate_fetch_job_v2'")
        assert cursor.fetchall() == [(["plan_cache_mode=force_custom_plan"],)]


@pytest.mark.django_db(transaction=True)
def test_a_session_that_idled_reads_each_job_of_a_burst_a_few_times():
    """A plan made for an empty queue reads each of them once for each other: nine million rows."""
    with psycopg.connect(conninfo(), autocommit=True) as worker:
        # Dead rows of earlier tests are no part of this burst.
        worker.execute("VACUUM procrastinate_jobs")
        worker.execute("INSERT INTO procrastinate_workers DEFAULT VALUES")
        (worker_id,) = worker.execute("SELECT max(id) FROM procrastinate_workers").fetchone()
        for _ in range(10):
            worker.execute(FETCH, [worker_id])
        worker.execute(
            "INSERT INTO procrastinate_jobs (queue_name, task_name, lock, args)"
            " SELECT 'default', 'nothing', 'run:' || n, '{}' FROM generate_series(1, %s) AS n",
            [WAITING],
        )

        read = [_rows_read_for_a_job(worker, worker_id) for _ in range(3)]

    assert max(read) < 10 * WAITING


def _rows_read_for_a_job(worker: psycopg.Connection, worker_id: int) -> int:
    with worker.transaction():
        (before,) = worker.execute(READ).fetchone()
        assert worker.execute(FETCH, [worker_id]).fetchone()[0] is not None
        (after,) = worker.execute(READ).fetchone()
    return after - before
