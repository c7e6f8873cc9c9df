from django.db import migrations

CREATE = """
CREATE FUNCTION approvals_check_lease(run bigint, token uuid) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    -- FOR SHARE: whoever takes the lease over waits until this write is in or out.
    PERFORM FROM approvals_run WHERE id = run AND lease_token = token FOR SHARE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'the lease of run % is no longer %', run, token USING ERRCODE = 'LV001';
    END IF;
END
$$
"""


class Migration(migrations.Migration):
    dependencies = [("approvals", "0001_initial")]

    operations = [
        migrations.RunSQL(CREATE, "DROP FUNCTION approvals_check_lease(bigint, uuid)"),
    ]
