"""The digests that were due, one for each recipient and local date."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("backups", "0011_reports"),
        ("notifications", "0002_alert_opt_outs"),
        ("organizations", "0007_incidents"),
    ]

    operations = [
        migrations.CreateModel(
            name="Digest",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("recipient", models.EmailField(max_length=254)),
                ("local_date", models.DateField()),
                ("due_at", models.DateTimeField()),
                ("is_logged", models.BooleanField(default=False)),
                (
                    "email",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="notifications.outgoingemail",
                    ),
                ),
                (
                    "organization",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="digests",
                        to="organizations.organization",
                    ),
                ),
                (
                    "report",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="backups.report",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("organization", "recipient", "local_date"), name="backups_one_digest_per_local_date"
                    )
                ],
                "indexes": [
                    models.Index(
                        condition=models.Q(("is_logged", False)), fields=["email"], name="backups_digests_to_log"
                    )
                ],
            },
        ),
    ]
