"""Each digest says how it ended, also where it was never sent."""

import django.db.models.deletion
import uuid
from django.contrib.postgres.functions import RandomUUID
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("backups", "0012_digest"),
        ("notifications", "0003_digests_settled"),
        ("organizations", "0008_digests_settled"),
    ]

    operations = [
        migrations.AddField(
            model_name="digest",
            name="earlier",
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="digest",
            name="missed",
            field=models.CharField(
                blank=True,
                choices=[
                    ("PASSED", "nothing could send it within a day of its hour"),
                    ("CHANGED", "the settings were changed before it was sent"),
                ],
                max_length=7,
            ),
        ),
        migrations.AddField(
            model_name="digest",
            name="named_in",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to="backups.digest"
            ),
        ),
        migrations.AddField(
            model_name="digest",
            name="status",
            field=models.CharField(
                choices=[
                    ("NONE", "No report"),
                    ("SUCCESS", "Success"),
                    ("IN_PROGRESS", "In progress"),
                    ("PARTIAL", "Partial"),
                    ("FAILED", "Failed"),
                    ("ONBOARDING", "Onboarding"),
                ],
                default="NONE",
                max_length=11,
            ),
        ),
        # The database makes one for each row that is there; the model makes those to come.
        migrations.AddField(
            model_name="digest",
            name="uuid",
            field=models.UUIDField(db_default=RandomUUID(), editable=False),
        ),
        migrations.AlterField(
            model_name="digest",
            name="uuid",
            field=models.UUIDField(default=uuid.uuid4, editable=False, unique=True),
        ),
        migrations.AddIndex(
            model_name="digest",
            index=models.Index(
                models.F("organization"),
                models.OrderBy(models.F("local_date"), descending=True),
                models.OrderBy(models.F("id"), descending=True),
                name="backups_digests_by_date",
            ),
        ),
        migrations.AddConstraint(
            model_name="digest",
            constraint=models.CheckConstraint(
                condition=models.Q(("missed", ""), ("email", None), _connector="OR"),
                name="backups_missed_digests_have_no_mail",
            ),
        ),
        migrations.RunSQL(
            "UPDATE backups_digest SET status = backups_report.status FROM backups_report"
            " WHERE backups_report.id = report_id",
            migrations.RunSQL.noop,
        ),
        # What the update left to be checked would forbid the indexes that are made last.
        migrations.RunSQL("SET CONSTRAINTS ALL IMMEDIATE", "SET CONSTRAINTS ALL IMMEDIATE"),
    ]
