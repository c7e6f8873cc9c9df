from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("approvals", "0020_secrets")]

    operations = [
        migrations.AddField(
            model_name="userpreferences",
            name="language",
            field=models.CharField(blank=True, default="", max_length=16),
        ),
    ]
