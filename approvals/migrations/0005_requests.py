import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("approvals", "0004_interrupt_reasons"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Delivery",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("event", models.CharField(max_length=40)),
                ("webhook_id", models.CharField(max_length=64, unique=True)),
                ("body", models.TextField()),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting"),
                            ("delivered", "Delivered"),
                            ("failed", "Failed"),
                        ],
                        default="waiting",
                        max_length=10,
                    ),
                ),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                (
                    "next_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
                ("last_error", models.TextField(blank=True)),
                (
                    "created_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
                ("delivered_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "verbose_name_plural": "deliveries",
            },
        ),
        migrations.CreateModel(
            name="ExternalRequest",
            fields=[
                (
                    "run",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="asked",
                        serialize=False,
                        to="approvals.run",
                    ),
                ),
                ("key", models.CharField(blank=True, max_length=255)),
                ("fingerprint", models.CharField(max_length=64)),
                ("callback_url", models.TextField(blank=True)),
            ],
        ),
        migrations.AddField(
            model_name="agent",
            name="kind",
            field=models.CharField(
                choices=[("graph", "Graph"), ("request", "Request"), ("remote", "Remote")],
                db_default="graph",
                default="graph",
                max_length=10,
            ),
        ),
        migrations.AddField(
            model_name="interrupt",
            name="expires_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddIndex(
            model_name="interrupt",
            index=models.Index(
                condition=models.Q(("expires_at__isnull", False), ("status", "pending")),
                fields=["expires_at"],
                name="interrupt_expiring",
            ),
        ),
        migrations.AddField(
            model_name="externalrequest",
            name="interrupt",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="asked",
                to="approvals.interrupt",
            ),
        ),
        migrations.AddField(
            model_name="externalrequest",
            name="requested_by",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="delivery",
            name="request",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="deliveries",
                to="approvals.externalrequest",
            ),
        ),
        migrations.AddConstraint(
            model_name="externalrequest",
            constraint=models.UniqueConstraint(
                condition=models.Q(("key", ""), _negated=True),
                fields=("requested_by", "key"),
                name="external_request_one_per_key",
            ),
        ),
        migrations.AddIndex(
            model_name="delivery",
            index=models.Index(
                condition=models.Q(("status", "waiting")),
                fields=["next_at"],
                name="delivery_waiting",
            ),
        ),
        migrations.AddIndex(
            model_name="delivery",
            index=models.Index(fields=["-created_at", "-id"], name="delivery_newest"),
        ),
        migrations.AddConstraint(
            model_name="delivery",
            constraint=models.UniqueConstraint(
                fields=("request", "event"), name="delivery_one_per_event"
            ),
        ),
    ]
