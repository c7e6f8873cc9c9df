from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("approvals", "0017_comments")]

    operations = [
        migrations.RemoveIndex(model_name="interrupt", name="interrupt_waiting"),
        migrations.AddIndex(
            model_name="interrupt",
            index=models.Index(
                condition=Q(("status__in", ["pending", "deciding", "decided"])),
                fields=["id"],
                name="interrupt_open",
            ),
        ),
        migrations.AddIndex(
            model_name="interrupt",
            index=models.Index(
                condition=Q(("status", "decided")), fields=["run"], name="interrupt_decided"
            ),
        ),
        migrations.AddIndex(
            model_name="run",
            index=models.Index(
                condition=Q(("status__in", ["pending", "running"])),
                fields=["id"],
                name="run_moving",
            ),
        ),
        migrations.AddIndex(
            model_name="run",
            index=models.Index(
                condition=Q(("intent", ""), _negated=True), fields=["id"], name="run_intended"
            ),
        ),
    ]
