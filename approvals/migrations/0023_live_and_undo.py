from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("approvals", "0022_openings"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="userpreferences",
            name="live_on",
            field=models.BooleanField(default=True),
        ),
        migrations.AddField(
            model_name="userpreferences",
            name="undo_seconds",
            field=models.PositiveSmallIntegerField(default=0),
        ),
        migrations.AddConstraint(
            model_name="userpreferences",
            constraint=models.CheckConstraint(
                condition=models.Q(("undo_seconds__lte", 120)), name="preferences_undo_in_reach"
            ),
        ),
    ]
