"""Keys with which programs read through the API."""

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.text
import uuid
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0007_audit_pages"),
        ("organizations", "0009_life_of_data"),
    ]

    operations = [
        migrations.CreateModel(
            name="ApiKey",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("uuid", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("name", models.CharField(max_length=80)),
                ("handle", models.CharField(db_collation="C", max_length=24, unique=True)),
                ("fingerprint", models.CharField(max_length=64)),
                (
                    "scopes",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(
                            choices=[
                                ("CLOUD_BACKUP", "Cloud Backup"),
                                ("RECOVER", "Recover"),
                                ("SYNC", "Sync"),
                                ("BILLING", "Billing"),
                            ],
                            max_length=12,
                        ),
                        size=None,
                    ),
                ),
                ("sees_every_organization", models.BooleanField(default=True)),
                ("created_at", models.DateTimeField()),
                ("created_by", models.CharField(max_length=200)),
                ("expires_at", models.DateTimeField()),
                ("last_used_at", models.DateTimeField(blank=True, null=True)),
                ("last_used_from", models.GenericIPAddressField(blank=True, null=True)),
                ("revoked_at", models.DateTimeField(blank=True, null=True)),
                ("revoked_by", models.CharField(blank=True, max_length=200)),
                (
                    "organizations",
                    models.ManyToManyField(blank=True, related_name="+", to="organizations.organization"),
                ),
                (
                    "partner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="api_keys", to="accounts.partner"
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["partner", "-created_at"], name="accounts_keys_newest_first")],
                "constraints": [
                    models.UniqueConstraint(
                        models.F("partner"),
                        django.db.models.functions.text.Lower("name"),
                        condition=models.Q(("revoked_at", None)),
                        name="accounts_names_of_keys_are_unique_until_revoked",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("scopes__len__gt", 0)), name="accounts_a_key_opens_something"
                    ),
                ],
            },
        ),
    ]
