import django.db.models.deletion
from django.db import migrations, models

import approvals.models.fields


class Migration(migrations.Migration):
    dependencies = [("approvals", "0005_requests")]

    operations = [
        migrations.AddField(
            model_name="auditentry",
            name="facts",
            field=approvals.models.fields.OrderedJSONField(default=dict),
        ),
        migrations.AddField(
            model_name="auditentry",
            name="personal",
            field=approvals.models.fields.OrderedJSONField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="auditentry",
            name="salt",
            field=models.CharField(blank=True, max_length=32, null=True),
        ),
        migrations.AddField(
            model_name="auditentry",
            name="commitment",
            field=models.CharField(blank=True, max_length=64),
        ),
        migrations.AlterField(
            model_name="auditentry",
            name="run",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="audit_entries",
                to="approvals.run",
            ),
        ),
        migrations.CreateModel(
            name="AuditUnsealed",
            fields=[
                ("entry_id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("hash", models.CharField(max_length=64)),
            ],
            options={"verbose_name_plural": "unsealed audit entries"},
        ),
        migrations.CreateModel(
            name="AuditSeal",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("seq", models.PositiveBigIntegerField(unique=True)),
                ("at", models.DateTimeField()),
                ("entries", approvals.models.fields.OrderedJSONField()),
                ("count", models.PositiveIntegerField()),
                ("leaves", models.BinaryField()),
                ("root", models.CharField(max_length=64)),
                ("prev_hash", models.CharField(blank=True, max_length=64)),
                ("key", models.CharField(max_length=64)),
                ("signature", models.CharField(max_length=128)),
            ],
            options={"indexes": [models.Index(fields=["at"], name="seal_by_time")]},
        ),
        migrations.CreateModel(
            name="AuditSink",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("address", models.CharField(max_length=64, unique=True)),
                ("delivered", models.PositiveBigIntegerField(default=0)),
            ],
        ),
    ]
