"""What people opened to look at, for an hour, and in which folder a found object lies."""

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("backups", "0007_restores"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Preview",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("uuid", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("object", models.UUIDField()),
                ("from_commit", models.BigIntegerField()),
                ("compared_with", models.BigIntegerField(blank=True, null=True)),
                (
                    "state",
                    models.CharField(
                        choices=[("WAITING", "Being read"), ("READY", "Ready"), ("FAILED", "Failed")],
                        default="WAITING",
                        max_length=7,
                    ),
                ),
                ("sealed_sheet", models.TextField(blank=True)),
                ("problem", models.CharField(blank=True, max_length=300)),
                ("opened_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                (
                    "container",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="previews", to="backups.container"
                    ),
                ),
                (
                    "organization",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="previews",
                        to="organizations.organization",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={"indexes": [models.Index(fields=["expires_at"], name="backups_previews_by_end")]},
        ),
        migrations.AddField(
            model_name="searchentry",
            name="parent_id",
            field=models.TextField(blank=True, db_collation="C", db_default="", default=""),
        ),
        migrations.AddIndex(
            model_name="searchentry",
            index=models.Index(fields=["container", "feed_key", "parent_id", "at"], name="backups_search_by_folder"),
        ),
    ]
