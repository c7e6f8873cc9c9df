from django.db import migrations

# Left to itself PostgreSQL looks for tables among the temporary ones first: whoever made one of
# the queue's name would keep their entries from being sealed.
TEMPORARY_LAST = """
DO $$ BEGIN
    EXECUTE format('ALTER FUNCTION approvals_audit_queue() SET search_path = %I, pg_temp',
                   current_schema());
END $$
"""
AS_EVER = "ALTER FUNCTION approvals_audit_queue() SET search_path FROM CURRENT"


class Migration(migrations.Migration):
    dependencies = [("approvals", "0009_question_code")]

    operations = [migrations.RunSQL(TEMPORARY_LAST, AS_EVER)]
