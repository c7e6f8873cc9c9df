from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("approvals", "0008_audit_append_only")]

    operations = [
        migrations.AlterField(
            "run",
            "intent",
            models.CharField(
                blank=True,
                choices=[
                    ("", "None"),
                    ("retry", "Retry"),
                    ("reask", "Reask"),
                    ("cancel", "Cancel"),
                    ("look", "Look"),
                ],
                default="",
                max_length=8,
            ),
        ),
        migrations.AddField(
            "interrupt",
            "step_code",
            models.CharField(blank=True, db_default="", default="", max_length=32),
        ),
        migrations.AddField(
            "interrupt", "round", models.PositiveSmallIntegerField(db_default=1, default=1)
        ),
        migrations.AddField(
            "interrupt", "resumes_alone", models.BooleanField(db_default=False, default=False)
        ),
        migrations.RemoveConstraint("interrupt", "interrupt_one_row_per_question"),
        migrations.AddConstraint(
            "interrupt",
            models.UniqueConstraint(
                fields=("run", "checkpoint_id", "task_id", "interrupt_id", "digest", "round"),
                name="interrupt_one_row_per_question",
            ),
        ),
        migrations.AddIndex(
            "interrupt",
            models.Index(
                condition=models.Q(("status", "pending")), fields=["id"], name="interrupt_waiting"
            ),
        ),
    ]
