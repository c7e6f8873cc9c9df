from django.db import migrations

FETCH_JOB = "procrastinate_fetch_job_v2(character varying[], bigint)"

# Fetching a job looks for earlier jobs of the same lock. An idle worker's session keeps a plan made
# for an empty queue, and before the next ANALYZE even a new plan looks in the wrong index: a burst
# of 3,000 jobs then costs 0.6 to 2 s a fetch. With both cures it is 5 ms, analysed or not.
# A later migration of procrastinate that replaces the function drops the setting;
# tests/approvals/test_queue_plan.py notices.
PLAN_AFRESH = f"ALTER FUNCTION {FETCH_JOB} SET plan_cache_mode = force_custom_plan"
PLAN_AS_EVER = f"ALTER FUNCTION {FETCH_JOB} RESET plan_cache_mode"
INDEX = (
    "CREATE INDEX approvals_jobs_open_lock ON procrastinate_jobs (lock)"
    " WHERE status IN ('todo', 'doing')"
)


class Migration(migrations.Migration):
    dependencies = [
        ("approvals", "0002_check_lease"),
        ("procrastinate", "0041_post_retry_failed_job"),
    ]

    operations = [
        migrations.RunSQL(PLAN_AFRESH, PLAN_AS_EVER),
        migrations.RunSQL(INDEX, "DROP INDEX approvals_jobs_open_lock"),
    ]
