import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

# SECURITY DEFINER: a role that may only insert entries cannot take any out of the queue.
QUEUE = """
CREATE FUNCTION approvals_audit_queue() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
    INSERT INTO approvals_auditunsealed (entry_id, hash) VALUES (NEW.id, NEW.hash);
    RETURN NULL;
END
$$;
CREATE TRIGGER approvals_audit_queue AFTER INSERT ON approvals_auditentry
    FOR EACH ROW EXECUTE FUNCTION approvals_audit_queue();
"""
UNQUEUE = """
DROP TRIGGER approvals_audit_queue ON approvals_auditentry;
DROP FUNCTION approvals_audit_queue();
"""

# The one change allowed is to erase what is personal, whole and with its salt.
GUARD = """
CREATE FUNCTION approvals_audit_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND TG_TABLE_NAME = 'approvals_auditentry' THEN
        IF NEW.personal IS NULL AND NEW.salt IS NULL
            AND (to_jsonb(NEW) - 'personal' - 'salt')::text
              = (to_jsonb(OLD) - 'personal' - 'salt')::text
            AND NEW.facts::text = OLD.facts::text
        THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'the audit is append-only: % on % is refused', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'LV002';
END
$$;
"""
UNGUARD = "DROP FUNCTION approvals_audit_guard();"

GUARD_TABLE = """
CREATE TRIGGER approvals_audit_rows BEFORE UPDATE OR DELETE ON {table}
    FOR EACH ROW EXECUTE FUNCTION approvals_audit_guard();
CREATE TRIGGER approvals_audit_table BEFORE TRUNCATE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION approvals_audit_guard();
"""
UNGUARD_TABLE = """
DROP TRIGGER approvals_audit_rows ON {table};
DROP TRIGGER approvals_audit_table ON {table};
"""


def guarded(table):
    return migrations.RunSQL(GUARD_TABLE.format(table=table), UNGUARD_TABLE.format(table=table))


class Migration(migrations.Migration):
    dependencies = [
        ("approvals", "0007_audit_rehash"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveField(model_name="auditentry", name="data"),
        migrations.RemoveIndex(model_name="auditentry", name="audit_of_actor"),
        migrations.AlterField(
            model_name="auditentry",
            name="actor",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="audit_entries",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddIndex(
            model_name="auditentry",
            index=models.Index(fields=["actor", "-at", "-id"], name="audit_of_actor"),
        ),
        migrations.AddIndex(
            model_name="auditentry",
            index=models.Index(fields=["action", "-at", "-id"], name="audit_of_action"),
        ),
        migrations.AddConstraint(
            model_name="auditentry",
            constraint=models.UniqueConstraint(
                condition=models.Q(("run", None)),
                fields=("seq",),
                name="audit_one_site_entry_per_place",
            ),
        ),
        migrations.RunSQL(QUEUE, UNQUEUE),
        migrations.RunSQL(GUARD, UNGUARD),
        guarded("approvals_auditentry"),
        guarded("approvals_auditseal"),
    ]
