from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("approvals", "0010_audit_search_path")]

    operations = [
        migrations.AlterModelOptions(
            "decision",
            options={
                "permissions": [("view_insights_people", "Can see the numbers of single reviewers")]
            },
        ),
        migrations.AddIndex(
            "interrupt", models.Index(fields=["created_at"], name="interrupt_asked")
        ),
    ]
