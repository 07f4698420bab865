"""What was handed out, and the sealed parcels it lies in."""

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [
        ("backups", "0005_search"),
        ("organizations", "0006_backup_interval"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Parcel",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("uuid", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("name", models.CharField(max_length=400)),
                ("media_type", models.CharField(max_length=100)),
                (
                    "state",
                    models.CharField(
                        choices=[("WRITING", "Being prepared"), ("READY", "Ready"), ("ENDED", "Ended")],
                        default="WRITING",
                        max_length=7,
                    ),
                ),
                ("sealed_key", models.TextField(blank=True)),
                ("size", models.PositiveBigIntegerField(default=0)),
                ("sha256", models.CharField(blank=True, max_length=64)),
                ("part_size", models.PositiveIntegerField()),
                ("parts", models.PositiveIntegerField(default=0)),
                ("created_at", models.DateTimeField()),
                ("written_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                (
                    "organization",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="parcels",
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
            ],
            options={
                "indexes": [models.Index(fields=["state", "expires_at"], name="backups_parcels_by_end")],
                "constraints": [
                    models.CheckConstraint(
                        condition=Q(state="ENDED", sealed_key="") | (~Q(state="ENDED") & ~Q(sealed_key="")),
                        name="backups_only_parcels_that_stand_have_a_key",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Export",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("uuid", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("requested_by", models.CharField(max_length=200)),
                ("requested_at", models.DateTimeField()),
                ("what", models.CharField(max_length=300)),
                ("as_of", models.DateTimeField(blank=True, null=True)),
                (
                    "form",
                    models.CharField(
                        choices=[("ZIP", "ZIP archive"), ("FILE", "Single file")], default="ZIP", max_length=4
                    ),
                ),
                (
                    "mail_format",
                    models.CharField(
                        choices=[("EML", "One EML file for each message"), ("MBOX", "One MBOX file for each folder")],
                        default="EML",
                        max_length=4,
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("DRAFT", "Not started"),
                            ("QUEUED", "Waiting for a worker"),
                            ("RUNNING", "Being prepared"),
                            ("DONE", "Ready"),
                            ("PARTIAL", "Ready, not complete"),
                            ("FAILED", "Failed"),
                            ("CANCELLED", "Cancelled"),
                            ("EXPIRED", "Expired"),
                        ],
                        default="DRAFT",
                        max_length=9,
                    ),
                ),
                ("started_at", models.DateTimeField(blank=True, null=True)),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                ("expires_at", models.DateTimeField(blank=True, null=True)),
                ("cancelled_by", models.CharField(blank=True, max_length=200)),
                ("cancel_asked_at", models.DateTimeField(blank=True, null=True)),
                ("problem", models.CharField(blank=True, max_length=300)),
                ("objects_expected", models.PositiveBigIntegerField(default=0)),
                ("bytes_expected", models.PositiveBigIntegerField(default=0)),
                ("objects_done", models.PositiveBigIntegerField(default=0)),
                ("objects_failed", models.PositiveBigIntegerField(default=0)),
                ("bytes_done", models.PositiveBigIntegerField(default=0)),
                ("place", models.JSONField(default=dict)),
                (
                    "organization",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="exports",
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
            ],
        ),
        migrations.CreateModel(
            name="ExportPart",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("position", models.PositiveIntegerField()),
                ("commit", models.BigIntegerField()),
                ("feed_key", models.CharField(blank=True, db_collation="C", max_length=400)),
                ("chosen", models.JSONField(default=list)),
                (
                    "container",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="backups.container"
                    ),
                ),
                (
                    "export",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="parts", to="backups.export"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ExportVolume",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveIntegerField()),
                ("name", models.CharField(max_length=400)),
                ("size", models.PositiveBigIntegerField()),
                ("objects_done", models.PositiveIntegerField()),
                ("objects_failed", models.PositiveIntegerField(default=0)),
                ("made_at", models.DateTimeField()),
                ("downloaded_at", models.DateTimeField(blank=True, null=True)),
                (
                    "export",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="volumes", to="backups.export"
                    ),
                ),
                (
                    "parcel",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to="backups.parcel"
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="export",
            index=models.Index(fields=["organization", "-requested_at"], name="backups_exports_by_time"),
        ),
        migrations.AddIndex(
            model_name="export",
            index=models.Index(
                condition=Q(("state__in", ["DONE", "PARTIAL"])), fields=["expires_at"], name="backups_exports_by_end"
            ),
        ),
        migrations.AddConstraint(
            model_name="export",
            constraint=models.CheckConstraint(
                condition=Q(
                    Q(("ended_at", None), ("state__in", ["DRAFT", "QUEUED", "RUNNING"])),
                    Q(
                        ("ended_at__isnull", False),
                        ("state__in", ["DONE", "PARTIAL", "FAILED", "CANCELLED", "EXPIRED"]),
                    ),
                    _connector="OR",
                ),
                name="backups_ended_exports_say_when",
            ),
        ),
        migrations.AddConstraint(
            model_name="exportpart",
            constraint=models.UniqueConstraint(
                fields=("export", "position"), name="backups_one_export_part_per_position"
            ),
        ),
        migrations.AddConstraint(
            model_name="exportvolume",
            constraint=models.UniqueConstraint(
                fields=("export", "number"), name="backups_one_export_volume_per_number"
            ),
        ),
    ]
