from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("approvals", "0003_procrastinate_fetch")]

    operations = [
        migrations.AddField(
            "interrupt", "held_reason", models.TextField(blank=True, db_default="", default="")
        ),
        migrations.AddField(
            "interrupt", "closed_reason", models.TextField(blank=True, db_default="", default="")
        ),
    ]
