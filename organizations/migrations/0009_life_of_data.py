"""Legal holds, and how long older versions are kept."""

import django.db.models.deletion
import uuid
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("organizations", "0008_digests_settled"),
    ]

    operations = [
        migrations.AddField(
            model_name="organization",
            name="erased_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.CreateModel(
            name="LegalHold",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("uuid", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("reason", models.CharField(max_length=500)),
                ("placed_by", models.CharField(max_length=200)),
                ("placed_at", models.DateTimeField()),
                ("lifted_by", models.CharField(blank=True, max_length=200)),
                ("lifted_at", models.DateTimeField(blank=True, null=True)),
                ("lifted_because", models.CharField(blank=True, max_length=500)),
                (
                    "item",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="legal_holds",
                        to="organizations.item",
                    ),
                ),
                (
                    "organization",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="legal_holds",
                        to="organizations.organization",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("item", None), ("lifted_at", None)),
                        fields=("organization",),
                        name="organizations_one_hold_of_everything",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("lifted_at", None)),
                        fields=("item",),
                        name="organizations_one_hold_of_an_item",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("reason", ""), _negated=True), name="organizations_holds_say_why"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("lifted_at", None), ("lifted_because", ""), ("lifted_by", "")),
                            models.Q(
                                ("lifted_at__isnull", False),
                                models.Q(("lifted_by", ""), _negated=True),
                                models.Q(("lifted_because", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="organizations_lifted_holds_say_by_whom",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="RetentionRule",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("days", models.PositiveIntegerField(blank=True, null=True)),
                ("next_days", models.PositiveIntegerField(blank=True, null=True)),
                ("next_at", models.DateTimeField(blank=True, null=True)),
                ("set_by", models.CharField(max_length=200)),
                ("set_at", models.DateTimeField()),
                ("revision", models.PositiveIntegerField(default=0)),
                ("frozen_at", models.DateTimeField(blank=True, null=True)),
                ("frozen_because", models.CharField(blank=True, max_length=300)),
                ("resumed_at", models.DateTimeField(blank=True, null=True)),
                ("purged_at", models.DateTimeField(blank=True, null=True)),
                ("purged_versions", models.PositiveBigIntegerField(default=0)),
                ("purged_bytes", models.PositiveBigIntegerField(default=0)),
                (
                    "organization",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="retention_rule",
                        to="organizations.organization",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("days", None), models.Q(("days__gte", 30), ("days__lte", 36500)), _connector="OR"
                        ),
                        name="organizations_retention_is_a_month_at_least",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("next_at", None), ("next_days", None)),
                            models.Q(("next_days__gte", 30), ("next_days__lte", 36500), ("next_at__isnull", False)),
                            _connector="OR",
                        ),
                        name="organizations_coming_retention_says_when",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("next_days", None), ("days", None), ("next_days__lt", models.F("days")), _connector="OR"
                        ),
                        name="organizations_only_stricter_retention_waits",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("frozen_at", None), ("frozen_because", "")),
                            models.Q(("frozen_at__isnull", False), models.Q(("frozen_because", ""), _negated=True)),
                            _connector="OR",
                        ),
                        name="organizations_frozen_retention_says_why",
                    ),
                ],
            },
        ),
    ]
