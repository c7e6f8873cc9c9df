"""The setting that keeps fetching a job cheap while many wait."""

import time

import psycopg
import pytest
from django.db import connection

from approvals.database import conninfo

pytestmark = pytest.mark.django_db

FETCH = "SELECT id FROM procrastinate_fetch_job_v2(NULL, %s)"


def test_fetching_a_job_is_planned_afresh_each_time():
    with connection.cursor() as cursor:
        cursor.execute("SELECT proconfig FROM pg_proc WHERE proname = 'procrastinate_fetch_job_v2'")
        assert cursor.fetchall() == [(["plan_cache_mode=force_custom_plan"],)]


@pytest.mark.django_db(transaction=True)
def test_a_session_that_idled_fetches_fast_in_a_burst():
    with psycopg.connect(conninfo(), autocommit=True) as worker:
        # Dead rows of earlier tests are no part of this burst.
        worker.execute("VACUUM procrastinate_jobs")
        worker.execute("INSERT INTO procrastinate_workers DEFAULT VALUES")
        (worker_id,) = worker.execute("SELECT max(id) FROM procrastinate_workers").fetchone()
        for _ in range(10):
            worker.execute(FETCH, [worker_id])
        worker.execute(
            "INSERT INTO procrastinate_jobs (queue_name, task_name, lock, args)"
            " SELECT 'default', 'nothing', 'run:' || n, '{}' FROM generate_series(1, 3000) AS n"
        )

        started = time.perf_counter()
        for _ in range(10):
            assert worker.execute(FETCH, [worker_id]).fetchone()[0] is not None
        seconds = time.perf_counter() - started

    assert seconds < 1.0
