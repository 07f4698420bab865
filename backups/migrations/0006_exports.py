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
    ]
