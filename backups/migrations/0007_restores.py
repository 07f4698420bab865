"""What was brought back: restores, the kinds and objects of each, and the places found or made at the target."""

import uuid

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.text
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("backups", "0006_exports"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Restore",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("objects_total", models.PositiveBigIntegerField(default=0)),
                ("bytes_total", models.PositiveBigIntegerField(default=0)),
                ("created", models.PositiveBigIntegerField(default=0)),
                ("replaced", models.PositiveBigIntegerField(default=0)),
                ("degraded", models.PositiveBigIntegerField(default=0)),
                ("skipped", models.PositiveBigIntegerField(default=0)),
                ("failed", models.PositiveBigIntegerField(default=0)),
                ("bytes_done", models.PositiveBigIntegerField(default=0)),
                ("uuid", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                (
                    "trigger",
                    models.CharField(
                        choices=[("PERSON", "By hand"), ("OPERATOR", "By an operator")], default="PERSON", max_length=8
                    ),
                ),
                ("requested_by", models.CharField(max_length=200)),
                ("requested_at", models.DateTimeField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("COUNTING", "Being counted"),
                            ("READY", "Not started"),
                            ("QUEUED", "Waiting"),
                            ("RUNNING", "Running"),
                            ("PAUSED", "Paused"),
                            ("DONE", "Done"),
                            ("PARTIAL", "Partial"),
                            ("FAILED", "Failed"),
                            ("CANCELLED", "Cancelled"),
                        ],
                        default="COUNTING",
                        max_length=9,
                    ),
                ),
                ("what", models.CharField(max_length=300)),
                ("commit", models.BigIntegerField()),
                ("as_of", models.DateTimeField(blank=True, null=True)),
                ("folder", models.CharField(blank=True, max_length=120)),
                (
                    "conflict",
                    models.CharField(
                        choices=[("SKIP", "Skip it"), ("COPY", "Restore a copy beside it"), ("REPLACE", "Replace it")],
                        default="SKIP",
                        max_length=7,
                    ),
                ),
                ("sharing", models.BooleanField(default=False)),
                ("notifies", models.BooleanField(default=False)),
                ("as_messages", models.BooleanField(default=False)),
                ("counted_at", models.DateTimeField(blank=True, null=True)),
                ("room_free", models.BigIntegerField(blank=True, null=True)),
                ("may_lack", models.JSONField(default=dict)),
                ("starts_when_counted", models.BooleanField(default=False)),
                ("started_at", models.DateTimeField(blank=True, null=True)),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                ("pause_asked_at", models.DateTimeField(blank=True, null=True)),
                ("cancel_asked_at", models.DateTimeField(blank=True, null=True)),
                ("stopped_by", models.CharField(blank=True, max_length=200)),
                ("waits_until", models.DateTimeField(blank=True, null=True)),
                ("problem", models.CharField(blank=True, max_length=400)),
                ("pace", models.JSONField(default=list)),
                (
                    "connection",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="restores",
                        to="organizations.connection",
                    ),
                ),
                (
                    "organization",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="restores",
                        to="organizations.organization",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "snapshot",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="restores",
                        to="backups.snapshot",
                    ),
                ),
                (
                    "source",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="restores_from",
                        to="organizations.item",
                    ),
                ),
                (
                    "target",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="restores_to", to="organizations.item"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="RestoreContainer",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("objects_total", models.PositiveBigIntegerField(default=0)),
                ("bytes_total", models.PositiveBigIntegerField(default=0)),
                ("created", models.PositiveBigIntegerField(default=0)),
                ("replaced", models.PositiveBigIntegerField(default=0)),
                ("degraded", models.PositiveBigIntegerField(default=0)),
                ("skipped", models.PositiveBigIntegerField(default=0)),
                ("failed", models.PositiveBigIntegerField(default=0)),
                ("bytes_done", models.PositiveBigIntegerField(default=0)),
                ("position", models.PositiveIntegerField()),
                ("selection", models.JSONField(default=dict)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("WAITING", "Waiting"),
                            ("RUNNING", "Restoring"),
                            ("DONE", "Done"),
                            ("PARTIAL", "Partial"),
                            ("FAILED", "Failed"),
                            ("CANCELLED", "Cancelled"),
                        ],
                        default="WAITING",
                        max_length=9,
                    ),
                ),
                ("current", models.CharField(blank=True, max_length=400)),
                ("is_listed", models.BooleanField(default=False)),
                ("compared", models.JSONField(default=list)),
                ("seconds_each", models.FloatField(default=0)),
                ("problem", models.CharField(blank=True, max_length=400)),
                ("started_at", models.DateTimeField(blank=True, null=True)),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                (
                    "container",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="backups.container"
                    ),
                ),
                (
                    "restore",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="parts", to="backups.restore"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="RestoreObject",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("object", models.UUIDField()),
                ("commit", models.BigIntegerField()),
                ("object_id", models.CharField(db_collation="C", max_length=400)),
                ("feed_key", models.CharField(db_collation="C", max_length=400)),
                ("folder", models.CharField(blank=True, max_length=400)),
                ("name", models.CharField(blank=True, max_length=400)),
                ("size", models.BigIntegerField(default=0)),
                ("at", models.DateTimeField(blank=True, null=True)),
                ("turn", models.IntegerField(default=0)),
                ("rank", models.BigIntegerField(default=0)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("WAITING", "Waiting"),
                            ("IN_HAND", "Being restored"),
                            ("CREATED", "Restored"),
                            ("REPLACED", "Replaced"),
                            ("SKIPPED", "Already there"),
                            ("DEGRADED", "Restored with less"),
                            ("FAILED", "Not restored"),
                        ],
                        default="WAITING",
                        max_length=8,
                    ),
                ),
                ("may_be_made", models.BooleanField(default=False)),
                ("deaths", models.PositiveSmallIntegerField(default=0)),
                ("there_id", models.TextField(blank=True)),
                ("there_content", models.TextField(blank=True)),
                ("new_id", models.TextField(blank=True)),
                (
                    "less",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=20), default=list, size=None
                    ),
                ),
                ("problem", models.CharField(blank=True, max_length=300)),
                ("code", models.CharField(blank=True, max_length=20)),
                ("request_id", models.CharField(blank=True, max_length=64)),
                (
                    "part",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="rows", to="backups.restorecontainer"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="RestorePlace",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.TextField(db_collation="C")),
                ("value", models.TextField()),
                (
                    "part",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="places",
                        to="backups.restorecontainer",
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="restore",
            index=models.Index(fields=["organization", "-requested_at"], name="backups_restores_by_time"),
        ),
        migrations.AddIndex(
            model_name="restore",
            index=models.Index(
                condition=models.Q(("started_at", None)),
                fields=["requested_at"],
                name="backups_restore_plans",
            ),
        ),
        migrations.AddConstraint(
            model_name="restore",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "RUNNING")),
                fields=("target",),
                name="backups_one_running_restore_per_target",
            ),
        ),
        migrations.AddConstraint(
            model_name="restore",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("ended_at", None), ("state__in", ["COUNTING", "READY", "QUEUED", "RUNNING", "PAUSED"])),
                    models.Q(("ended_at__isnull", False), ("state__in", ["DONE", "PARTIAL", "FAILED", "CANCELLED"])),
                    _connector="OR",
                ),
                name="backups_ended_restores_say_when",
            ),
        ),
        migrations.AddConstraint(
            model_name="restore",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("state__in", ["COUNTING", "READY", "FAILED", "CANCELLED"]),
                    ("started_at__isnull", False),
                    _connector="OR",
                ),
                name="backups_started_restores_say_when",
            ),
        ),
        migrations.AddConstraint(
            model_name="restore",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "READY"), _negated=True), ("counted_at__isnull", False), _connector="OR"
                ),
                name="backups_ready_restores_are_counted",
            ),
        ),
        migrations.AddConstraint(
            model_name="restorecontainer",
            constraint=models.UniqueConstraint(
                fields=("restore", "container"), name="backups_one_row_per_container_of_a_restore"
            ),
        ),
        migrations.AddConstraint(
            model_name="restorecontainer",
            constraint=models.UniqueConstraint(
                fields=("restore", "position"), name="backups_one_restore_part_per_position"
            ),
        ),
        migrations.AddIndex(
            model_name="restoreobject",
            index=models.Index(
                condition=models.Q(("state", "WAITING")),
                fields=["part", "turn", "rank", "id"],
                name="backups_restore_to_come",
            ),
        ),
        migrations.AddIndex(
            model_name="restoreobject",
            index=models.Index(
                condition=models.Q(("state", "IN_HAND")), fields=["part"], name="backups_restore_in_hand"
            ),
        ),
        migrations.AddIndex(
            model_name="restoreobject",
            index=models.Index(fields=["part", "folder", "state"], include=("size",), name="backups_restore_by_folder"),
        ),
        migrations.AddIndex(
            model_name="restoreobject",
            index=models.Index(
                condition=models.Q(("state__in", ["DEGRADED", "FAILED"])),
                fields=["part", "id"],
                name="backups_restore_troubles",
            ),
        ),
        migrations.AddConstraint(
            model_name="restoreobject",
            constraint=models.UniqueConstraint(fields=("part", "object"), name="backups_one_restore_row_per_object"),
        ),
        migrations.AddConstraint(
            model_name="restoreobject",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "FAILED"), _negated=True),
                    models.Q(("problem", ""), _negated=True),
                    _connector="OR",
                ),
                name="backups_failed_restore_objects_say_why",
            ),
        ),
        migrations.AddConstraint(
            model_name="restoreplace",
            constraint=models.UniqueConstraint(
                models.F("part"), django.db.models.functions.text.MD5("name"), name="backups_one_restore_place_per_name"
            ),
        ),
    ]
