from django.db import migrations

import approvals.models.fields


class Migration(migrations.Migration):
    dependencies = [("approvals", "0019_drafts")]

    operations = [
        migrations.AlterModelOptions(
            name="interrupt",
            options={
                "permissions": [
                    ("decide_interrupt", "Can decide questions"),
                    ("view_masked", "Can see what policies mask"),
                ]
            },
        ),
        migrations.AddField(
            model_name="interrupt",
            name="secrets",
            field=approvals.models.fields.OrderedJSONField(blank=True, null=True),
        ),
    ]
