import datetime

import django.contrib.postgres.indexes
import django.contrib.postgres.search
import django.db.models.functions.comparison
import django.db.models.functions.text
from django.db import migrations, models

PENDING = models.Q(("status", "pending"))
BY_URGENCY = ("rank", "due_sort", "created_at", "id")
LISTS = {
    "interrupt_inbox": BY_URGENCY,
    "interrupt_inbox_agent": ("agent", *BY_URGENCY),
    "interrupt_inbox_assignee": ("assignee", *BY_URGENCY),
    "interrupt_inbox_requester": ("requested_by", *BY_URGENCY),
}


class Migration(migrations.Migration):
    dependencies = [("approvals", "0015_forks")]

    operations = [
        migrations.AddField(
            "interrupt",
            "due_sort",
            models.GeneratedField(
                db_persist=True,
                expression=django.db.models.functions.comparison.Coalesce(
                    "due_at",
                    models.Value(datetime.datetime(9999, 12, 31, tzinfo=datetime.UTC)),
                ),
                output_field=models.DateTimeField(),
            ),
        ),
        *(migrations.RemoveIndex("interrupt", name) for name in LISTS),
        *(
            migrations.AddIndex(
                "interrupt", models.Index(condition=PENDING, fields=fields, name=name)
            )
            for name, fields in LISTS.items()
        ),
        migrations.AddIndex(
            "interrupt",
            models.Index(
                condition=PENDING,
                fields=("due_sort", "created_at", "id"),
                name="interrupt_inbox_due",
            ),
        ),
        migrations.AddIndex(
            "interrupt",
            models.Index(
                condition=models.Q(("snoozed_until__isnull", False), ("status", "pending")),
                fields=("snoozed_until",),
                name="interrupt_snoozed",
            ),
        ),
        migrations.AddIndex(
            "interrupt",
            django.contrib.postgres.indexes.GinIndex(
                django.contrib.postgres.search.SearchVector(
                    "title",
                    django.db.models.functions.text.Left("summary", 5000),
                    config="simple",
                ),
                name="interrupt_words",
            ),
        ),
    ]
