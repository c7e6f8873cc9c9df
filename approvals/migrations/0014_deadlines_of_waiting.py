from django.db import migrations

WAITING = """
UPDATE approvals_interrupt
   SET sweep_at = due_at,
       on_timeout = CASE
         WHEN dialect = 'langvel' AND request ->> 'on_timeout' IN ('reject', 'escalate', 'keep')
         THEN request ->> 'on_timeout' ELSE '' END
 WHERE status = 'pending' AND due_at IS NOT NULL AND expires_at IS NULL
"""


class Migration(migrations.Migration):
    """What waits with a deadline is swept like what is asked from now on."""

    dependencies = [("approvals", "0013_deadlines")]

    operations = [migrations.RunSQL(WAITING, migrations.RunSQL.noop)]
