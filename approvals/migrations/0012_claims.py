import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


def _person() -> models.ForeignKey:
    return models.ForeignKey(
        blank=True,
        db_index=False,
        null=True,
        on_delete=django.db.models.deletion.SET_NULL,
        related_name="+",
        to=settings.AUTH_USER_MODEL,
    )


class Migration(migrations.Migration):
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("approvals", "0011_insights"),
    ]

    operations = [
        migrations.AddField("interrupt", "claimed_by", _person()),
        migrations.AddField(
            "interrupt", "claimed_until", models.DateTimeField(blank=True, null=True)
        ),
        migrations.AddField(
            "interrupt", "snoozed_until", models.DateTimeField(blank=True, null=True)
        ),
        migrations.AddField("interrupt", "snoozed_by", _person()),
    ]
