import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import approvals.models.fields


class Migration(migrations.Migration):
    dependencies = [
        ("approvals", "0014_deadlines_of_waiting"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Checkpoint",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("checkpoint_id", models.CharField(max_length=64)),
                ("before_id", models.CharField(blank=True, max_length=64)),
                ("step", models.IntegerField()),
                ("source", models.CharField(blank=True, max_length=20)),
                ("steps", approvals.models.fields.OrderedJSONField(default=list)),
                ("next", approvals.models.fields.OrderedJSONField(default=list)),
                ("state", approvals.models.fields.OrderedJSONField(null=True)),
                ("created_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="RunHistory",
            fields=[
                (
                    "run",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="history",
                        serialize=False,
                        to="approvals.run",
                    ),
                ),
                ("asked_at", models.DateTimeField(blank=True, null=True)),
                ("as_of", models.DateTimeField(blank=True, null=True)),
                ("is_cut", models.BooleanField(default=False)),
                ("schema", approvals.models.fields.OrderedJSONField(blank=True, null=True)),
                ("problem", models.TextField(blank=True)),
            ],
            options={
                "verbose_name_plural": "run histories",
            },
        ),
        migrations.AlterModelOptions(
            name="run",
            options={
                "permissions": [
                    ("start_run", "Can start a run"),
                    ("view_all_runs", "Can see every run and question"),
                    ("cancel_run", "Can cancel a run"),
                    ("retry_run", "Can retry a failed run"),
                    ("fork_run", "Can fork a run from an earlier state"),
                ]
            },
        ),
        migrations.AddField(
            model_name="interrupt",
            name="earlier_requesters",
            field=approvals.models.fields.OrderedJSONField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="run",
            name="earlier_requesters",
            field=approvals.models.fields.OrderedJSONField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="run",
            name="fork_values",
            field=approvals.models.fields.OrderedJSONField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="run",
            name="parent",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="forks",
                to="approvals.run",
            ),
        ),
        migrations.AddField(
            model_name="run",
            name="parent_checkpoint_id",
            field=models.CharField(blank=True, db_default="", default="", max_length=64),
        ),
        migrations.AddIndex(
            model_name="run",
            index=models.Index(
                condition=models.Q(("parent__isnull", False)),
                fields=["parent", "-id"],
                name="run_forks",
            ),
        ),
        migrations.AddField(
            model_name="checkpoint",
            name="run",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="checkpoints",
                to="approvals.run",
            ),
        ),
        migrations.AddConstraint(
            model_name="checkpoint",
            constraint=models.UniqueConstraint(
                fields=("run", "checkpoint_id"), name="checkpoint_once_a_run"
            ),
        ),
    ]
